"""Proximal policy optimisation, on a policy that is no more than two linear layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


class _Policy(nn.Module):
    is_recurrent = False

    def __init__(self) -> None:
        super().__init__()
        self.actor, self.critic = nn.Linear(3, 2), nn.Linear(3, 1)

    def evaluate_actions(self, seen: Tensor, _: Any, __: Any, actions: Tensor) -> tuple[Tensor, ...]:
        chosen: Any = torch.distributions.Categorical(logits=self.actor(seen))
        return self.critic(seen), chosen.log_prob(actions).unsqueeze(1), chosen.entropy().mean(), seen


class _Rollouts:
    def __init__(self) -> None:
        self.returns, self.value_preds = torch.randn(7, 1), torch.randn(7, 1)

    def feed_forward_generator(self, advantages: Tensor, _: int) -> Any:
        seen, actions = torch.randn(6, 3), torch.tensor([0, 1, 1, 0, 1, 0])
        yield seen, None, actions, self.value_preds[:-1], self.returns[:-1], None, torch.randn(6, 1) - 1, advantages


def _drive(program: Program) -> None:
    learner = program.module().PPO(_Policy(), 0.2, 2, 1, 0.5, 0.01, lr=1e-3, eps=1e-5, max_grad_norm=0.5)
    learner.update(_Rollouts())


SUBJECT = Subject("ikostrikov/pytorch-a2c-ppo-acktr-gail", "a2c_ppo_acktr/algo/ppo.py", _drive)
