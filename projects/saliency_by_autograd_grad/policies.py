import torch
from torch import nn


class LinearPolicy(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.w = nn.Linear(n, k)

    def forward(self, o):
        return self.w(o)


class MLPPolicy(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.l1, self.l2 = nn.Linear(n, 24), nn.Linear(24, k)

    def forward(self, o):
        return self.l2(torch.tanh(self.l1(o)))
