"""A line fitted."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    program.script(steps=3)


SUBJECT = Subject("yunjey/pytorch-tutorial", "tutorials/01-basics/linear_regression/main.py", _drive)
