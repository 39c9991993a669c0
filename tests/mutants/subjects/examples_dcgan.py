"""A convolutional GAN's training script: three backwards a round."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.stubs import Images


def _drive(program: Program) -> None:
    Images.shape = (3, 64, 64)
    program.script(
        "--dataset", "fake", "--batchSize", "4", "--ngf", "4", "--ndf", "4", "--nz", "8", "--workers", "0", steps=4
    )


SUBJECT = Subject("pytorch/examples", "dcgan/main.py", _drive)
