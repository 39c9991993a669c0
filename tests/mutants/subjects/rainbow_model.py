"""Noisy layers and a dueling network."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import options, train_once


def _drive(program: Program) -> None:
    settings = options(atoms=5, architecture="data-efficient", history_length=2, hidden_size=8, noisy_std=0.1)
    train_once(program, program.module().DQN(settings, 3), torch.rand(2, 2, 84, 84))


SUBJECT = Subject("Kaixhin/Rainbow", "model.py", _drive)
