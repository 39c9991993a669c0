"""DDPG with a layer norm of its own."""

from __future__ import annotations

import numpy as np
import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import options


def _drive(program: Program) -> None:
    agent = program.module().DDPG(0.99, 0.01, 8, 3, np.zeros(2))
    batch = {name: [torch.randn(4, 3)] for name in ("state", "next_state")}
    ones = {name: [torch.ones(4)] for name in ("reward", "mask")}
    agent.update_parameters(options(**batch, **ones, action=[torch.rand(4, 2)]))


SUBJECT = Subject("ikostrikov/pytorch-ddpg-naf", "ddpg.py", _drive)
