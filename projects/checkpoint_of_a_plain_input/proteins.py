import torch
from torch import nn

import memory
from config import SAVE_MEMORY


class Residual(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        return x + torch.tanh(self.fc(self.norm(x)))


class ContactNet(nn.Module):
    def __init__(self, residues, depth):
        super().__init__()
        self.blocks = nn.ModuleList(Residual(residues) for _ in range(depth))
        self.read = nn.Linear(residues, 1)

    def forward(self, profile):
        for block in self.blocks:
            profile = memory.recomputed(block, profile) if SAVE_MEMORY else block(profile)
        return self.read(profile).squeeze(-1)
