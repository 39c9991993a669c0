import torch
from torch import nn


class HiveVAE(nn.Module):
    def __init__(self, sounds, latent):
        super().__init__()
        self.enc, self.dec = nn.Linear(sounds, 2 * latent), nn.Linear(latent, sounds)

    def forward(self, hum):
        mu, logvar = self.enc(hum).chunk(2, -1)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        return self.dec(z), mu, logvar
