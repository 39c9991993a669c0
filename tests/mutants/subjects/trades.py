"""Adversarial training with a KL term: perturbation, then the robust loss."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import small_classifier


def _drive(program: Program) -> None:
    model = small_classifier()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    trades_loss = program.module().trades_loss
    for distance in ("l_inf", "l_2"):
        inputs, labels = torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 2, 3])
        loss = trades_loss(model, inputs, labels, optimizer, perturb_steps=2, distance=distance, beta=6.0)
        loss.backward()
        optimizer.step()


SUBJECT = Subject("yaodongyu/TRADES", "trades.py", _drive)
