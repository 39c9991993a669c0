"""A GAN of linear layers."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.stubs import Images


def _drive(program: Program) -> None:
    Images.length = 300  # the script expects whole batches of 100
    program.script(steps=4)


SUBJECT = Subject("yunjey/pytorch-tutorial", "tutorials/03-advanced/generative_adversarial_network/main.py", _drive)
