"""A GAN with a penalty on the gradient, which needs a second backward."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.stubs import Images


def _drive(program: Program) -> None:
    Images.shape = (1, 28, 28)
    program.script("--batch_size", "4", steps=3)


SUBJECT = Subject("eriklindernoren/PyTorch-GAN", "implementations/wgan_gp/wgan_gp.py", _drive)
