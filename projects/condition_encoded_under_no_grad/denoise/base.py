import math

import torch
from torch import nn


class BaseDenoiser(nn.Module):
    def __init__(self, dim, cond_dim):
        super().__init__()
        self.dim = dim
        self.cond_encoder = nn.Sequential(nn.Linear(cond_dim, dim), nn.SiLU(), nn.Linear(dim, dim))

    def time_embedding(self, t):
        freq = torch.exp(-math.log(1000) * torch.arange(self.dim // 2) / (self.dim // 2))
        ang = t[:, None] * freq[None]
        return torch.cat([ang.sin(), ang.cos()], dim=1)

    @torch.no_grad()
    def encode_condition(self, cond):
        return self.cond_encoder(cond)

    def num_parameters(self):
        return sum(p.numel() for p in self.parameters() if p.requires_grad)
