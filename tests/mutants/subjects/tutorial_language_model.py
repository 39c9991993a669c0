"""A recurrent language model whose states are detached at each step."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import write_text


def _drive(program: Program) -> None:
    write_text("data/train.txt", lines=220)
    program.script(steps=2)


SUBJECT = Subject("yunjey/pytorch-tutorial", "tutorials/02-intermediate/language_model/main.py", _drive)
