import torch
from torch import nn

from .base import BaseDenoiser


class ConditionalDenoiser(BaseDenoiser):
    def __init__(self, data_dim, dim=16, cond_dim=5, drop=0.1):
        super().__init__(dim, cond_dim)
        self.drop = drop
        self.inp = nn.Linear(data_dim, dim)
        self.film = nn.Linear(2 * dim, 2 * dim)
        self.out = nn.Linear(dim, data_dim)

    def forward(self, x, t, cond):
        c = self.encode_condition(cond)  # expect: GRD125
        if self.training:
            c = c * (torch.rand(len(c), 1) > self.drop)
        scale, shift = self.film(torch.cat([c, self.time_embedding(t)], 1)).chunk(2, 1)
        return self.out(torch.tanh(self.inp(x) * (1 + scale) + shift))
