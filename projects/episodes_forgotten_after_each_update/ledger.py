from __future__ import annotations

import torch

import trader


class Ledger:
    """What the trader did, and what came of it."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.log_probs: list[torch.Tensor] = []
        self.rewards: list[float] = []

    def decision(self, log_prob):
        self.log_probs.append(log_prob)

    def reward(self, r):
        self.rewards.append(r / max(abs(p) for p in trader.POSITIONS))

    def policy_loss(self):
        gains = torch.tensor(self.rewards).flip(0).cumsum(0).flip(0)
        return -(torch.stack(self.log_probs) * (gains - gains.mean())).mean()
