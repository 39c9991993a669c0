"""Rainbow: a distributional loss against a target network."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import options


def _drive(program: Program) -> None:
    settings = options(
        atoms=5, V_min=-1.0, V_max=1.0, device="cpu", batch_size=4, multi_step=1, discount=0.9, norm_clip=10.0,
        model=None, learning_rate=1e-3, adam_eps=1e-8, architecture="data-efficient", history_length=2,
        hidden_size=8, noisy_std=0.1,
    )  # fmt: skip
    agent = program.module().Agent(settings, options(action_space=lambda: 3))
    states = [torch.rand(4, 2, 84, 84) for _ in range(2)]
    picked = (None, states[0], torch.tensor([0, 1, 2, 0]), torch.rand(4), states[1], torch.ones(4, 1), torch.ones(4))
    memory = options(sample=lambda _: picked, update_priorities=lambda *_: None)
    for _ in range(2):
        agent.learn(memory)


SUBJECT = Subject("Kaixhin/Rainbow", "agent.py", _drive)
