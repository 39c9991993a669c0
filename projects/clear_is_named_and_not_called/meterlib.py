import torch
from torch import nn


class MeterNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        self.hours = nn.Linear(4, 1)

    def forward(self, past):
        return self.hours(self.conv(past).tanh().mean(-1)).squeeze(-1)


def readings(n):
    for _ in range(n):
        past = torch.rand(8, 1, 24)
        yield past, past[:, 0, -1]
