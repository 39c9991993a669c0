"""A variational autoencoder's training script."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    program.script("--batch-size", "8", steps=2)


SUBJECT = Subject("pytorch/examples", "vae/main.py", _drive)
