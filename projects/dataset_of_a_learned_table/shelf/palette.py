import torch
from torch import nn


class Palette(nn.Module):
    def __init__(self, colours):
        super().__init__()
        self.raw = nn.Parameter(torch.randn(colours, 3))

    def forward(self):
        return self.raw.sigmoid()
