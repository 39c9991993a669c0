"""Truncated backpropagation through time, with the state carried over."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import write_text


def _drive(program: Program) -> None:
    for part in ("train", "valid", "test"):
        write_text(f"text/{part}.txt")
    sizes = ("--emsize", "8", "--nhid", "8", "--batch_size", "4", "--bptt", "7")
    program.script("--data", "text", *sizes, "--use-optimizer", steps=3)


SUBJECT = Subject("pytorch/examples", "word_language_model/main.py", _drive)
