import torch
from torch import nn

from . import norms


class Unit(nn.Module):
    def __init__(self, inp, out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, inp))
        self.gain = nn.Parameter(torch.ones(out))

    def forward(self, x):
        return self.gain * nn.functional.linear(x, self.weight / norms.size(self.weight))
