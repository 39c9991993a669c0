import torch
from torch import nn


class ActorCritic(nn.Module):
    def __init__(self, board=9, moves=9):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(board, 32), nn.Tanh())
        self.move = nn.Linear(32, moves)
        self.value = nn.Linear(32, 1)

    def forward(self, b):
        h = self.trunk(b)
        return self.move(h), torch.tanh(self.value(h)).squeeze(1)
