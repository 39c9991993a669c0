import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self, dim, act, hidden=16):
        super().__init__()
        self.l1 = nn.Linear(dim, hidden)
        self.l2 = nn.Linear(hidden, act)

    def forward(self, x):
        return torch.tanh(self.l2(torch.tanh(self.l1(x))))


class LearnedPlant(nn.Module):
    """dx/dt = A tanh(Wx) + B u"""

    def __init__(self, dim, act):
        super().__init__()
        self.W = nn.Linear(dim, dim)
        self.A = nn.Linear(dim, dim, bias=False)
        self.B = nn.Linear(act, dim, bias=False)

    def forward(self, t, x, u):
        return self.A(torch.tanh(self.W(x))) + self.B(u) * (1 + 0.1 * t)
