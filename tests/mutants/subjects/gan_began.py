"""A GAN with autoencoding discriminator."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.stubs import Images


def _drive(program: Program) -> None:
    Images.shape = (1, 32, 32)
    program.script("--batch_size", "4", steps=2)


SUBJECT = Subject("eriklindernoren/PyTorch-GAN", "implementations/began/began.py", _drive)
