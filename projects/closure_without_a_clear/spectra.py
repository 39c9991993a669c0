import torch
from torch import nn


class PeakModel(nn.Module):
    """A sum of Gaussian peaks over a flat ground."""

    def __init__(self, peaks):
        super().__init__()
        self.amplitude = nn.Parameter(torch.ones(peaks))
        self.centre = nn.Parameter(torch.linspace(-1, 1, peaks))
        self.ground = nn.Parameter(torch.zeros(()))

    def forward(self, energy):
        shape = (-(energy[:, None] - self.centre).pow(2) / 0.2).exp()
        return shape @ self.amplitude + self.ground


def measured(n):
    energy = torch.linspace(-2, 2, n)
    return energy, 2 * (-(energy + 0.7).pow(2) / 0.2).exp() + (-(energy - 0.9).pow(2) / 0.2).exp() + 0.05 * torch.randn(
        n
    )
