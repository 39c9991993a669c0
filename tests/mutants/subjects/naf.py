"""Normalised advantage functions, with a tanh network."""

from __future__ import annotations

import numpy as np
import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import options


def _drive(program: Program) -> None:
    torch.nn.utils.clip_grad_norm = torch.nn.utils.clip_grad_norm_  # as it was named
    agent = program.module().NAF(0.99, 0.01, 8, 3, np.zeros(2))
    batch = {name: [torch.randn(4, 3)] for name in ("state", "next_state")}
    ones = {name: [torch.ones(4)] for name in ("reward", "mask")}
    for _ in range(2):
        agent.update_parameters(options(**batch, **ones, action=[torch.rand(4, 2)]))


SUBJECT = Subject("ikostrikov/pytorch-ddpg-naf", "naf.py", _drive)
