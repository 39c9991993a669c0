import torch
from torch import nn

from .registry import MODELS


@MODELS.add
class SceneNet(nn.Module):
    """Shared trunk, one small decoder per task."""

    def __init__(self, tasks, width=12):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1), nn.GELU(), nn.Conv2d(width, width, 3, padding=1), nn.GELU()
        )
        self.decoders = nn.ModuleDict({t: nn.Conv2d(width, c, 1) for t, c in tasks.items()})

    def forward(self, x):
        shared = self.trunk(x)
        return {t: dec(shared) for t, dec in self.decoders.items()}
