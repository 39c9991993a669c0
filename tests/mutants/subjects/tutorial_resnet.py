"""A residual network with in-place activations."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.stubs import Images


def _drive(program: Program) -> None:
    Images.shape, Images.length = (3, 32, 32), 4
    program.script(steps=1)


SUBJECT = Subject("yunjey/pytorch-tutorial", "tutorials/02-intermediate/deep_residual_network/main.py", _drive)
