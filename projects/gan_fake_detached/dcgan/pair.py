import torch
from torch import nn

from .blocks import down, up


class Generator(nn.Module):
    def __init__(self, nz=10):
        super().__init__()
        self.nz = nz
        self.start = nn.Linear(nz, 8 * 2 * 2)
        self.body = nn.Sequential(up(8, 8), up(8, 4))
        self.rgb = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, z):
        return torch.tanh(self.rgb(self.body(self.start(z).view(-1, 8, 2, 2))))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(down(3, 8), down(8, 8))
        self.head = nn.Linear(8 * 2 * 2, 1)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))
