from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Trainer:
    net: nn.Module
    lr: float = 0.01
    bound: float = 0.2
    optimizer: torch.optim.Optimizer = field(init=False)
    losses: list = field(default_factory=list)

    def __post_init__(self):
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=self.lr)

    def keep_small(self):
        for p in self.net.parameters():
            p.data.clamp_(-self.bound, self.bound)

    def fit(self, cow, milk):
        loss = (self.net(cow) - milk).pow(2).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.keep_small()
        self.losses.append(loss.item())
        return self.losses[-1]
