"""An image classifier's training script."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    program.script("--batch-size", "4", "--no-accel", steps=2)


SUBJECT = Subject("pytorch/examples", "mnist/main.py", _drive)
