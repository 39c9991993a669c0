from functools import lru_cache

import torch
from torch import nn


class BondNet(nn.Module):
    def __init__(self, atoms):
        super().__init__()
        self.centre = nn.Parameter(torch.linspace(0, 5, 4))
        self.mix = nn.Linear(4, 1)

    @lru_cache(maxsize=8)
    def basis(self, atoms):
        """What every pair is near to; the same for all shapes of this size."""
        far = (torch.arange(atoms)[:, None] - torch.arange(atoms)).abs()
        return (-(far.unsqueeze(-1) - self.centre).pow(2)).exp()

    def forward(self, atoms):
        return self.mix(self.basis(atoms)).squeeze(-1)
