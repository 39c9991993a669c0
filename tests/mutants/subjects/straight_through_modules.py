"""An autoencoder around that Function."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import train_once


def _drive(program: Program) -> None:
    model = program.module().VectorQuantizedVAE(3, 4, 6)
    train_once(program, model, torch.rand(2, 3, 16, 16))


SUBJECT = Subject("ritheshkumar95/pytorch-vqvae", "modules.py", _drive)
