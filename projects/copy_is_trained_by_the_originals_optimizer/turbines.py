import torch
from torch import nn


class PowerCurve(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inp, self.out = nn.Linear(1, width), nn.Linear(width, 1)

    def forward(self, speed):
        return self.out(self.inp(speed).sigmoid())


def winds(n, batch=20):
    for _ in range(n):
        speed = torch.rand(batch, 1) * 20
        yield speed / 10, ((speed - 8) / 2).sigmoid()
