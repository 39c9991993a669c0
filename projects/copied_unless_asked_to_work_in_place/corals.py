import torch
from torch import nn


class CoralNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.out = nn.Linear(4, 1)

    def forward(self, photo):
        return self.out(self.conv(photo).relu().mean((2, 3))).sigmoid().squeeze(-1)


def reef(n):
    for _ in range(n):
        yield torch.rand(6, 3, 8, 8), torch.rand(6)
