import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, d=30, h=24, z=4):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, h), nn.Softplus())
        self.mu, self.logvar = nn.Linear(h, z), nn.Linear(h, z)
        self.dec = nn.Sequential(nn.Linear(z, h), nn.Softplus(), nn.Linear(h, d))

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.dec(z), mu, logvar
