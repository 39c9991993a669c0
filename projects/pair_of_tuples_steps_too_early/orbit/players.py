from typing import NamedTuple

import torch
from torch import nn


class Player(NamedTuple):
    net: nn.Module
    opt: torch.optim.Optimizer

    def learn(self, loss):
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()  # expect: GRD144
        return loss.item()


def player(seen, moves, lr):
    net = nn.Sequential(nn.Linear(seen, 8), nn.Tanh(), nn.Linear(8, moves))
    return Player(net, torch.optim.SGD(net.parameters(), lr=lr))
