import torch
from torch import autograd, nn

from .solve import iterate


class Equilibrium(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        with torch.no_grad():
            z = iterate(lambda z: self.cell(z, x), x.new_zeros(len(x), self.cell.dim))  # expect: GRD125
        return z
