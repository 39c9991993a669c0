import torch
from torch import nn


class MappingNet(nn.Module):
    def __init__(self, zdim, wdim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(zdim, wdim), nn.LeakyReLU(0.2), nn.Linear(wdim, wdim))

    def forward(self, z):
        z = z / z.pow(2).mean(1, keepdim=True).sqrt()
        return self.net(z)


class LatentAverage:
    """Running centre of w, used for the truncation trick."""

    def __init__(self, wdim, psi=0.7):
        self.centre = torch.zeros(wdim)
        self.psi = psi

    @torch.no_grad()
    def observe(self, w):
        self.centre.lerp_(w.mean(0), 0.05)
        return torch.lerp(self.centre, w, self.psi)
