"""A block of a normalising flow."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import train_once


def _drive(program: Program) -> None:
    model = program.module().Block(2, 2, conv_lu=False)
    train_once(program, model, torch.rand(2, 2, 8, 8))


SUBJECT = Subject("rosinality/glow-pytorch", "model.py", _drive)
