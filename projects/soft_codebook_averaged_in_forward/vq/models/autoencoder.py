import torch
from torch import nn

from ..utils.assignment import assign, usage


class SoftVQ(nn.Module):
    """Each latent is a mixture of codes, which follow the latents that chose them."""

    def __init__(self, dim, codes, latent, decay=0.8):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(dim, 16), nn.ELU(), nn.Linear(16, latent))
        self.dec = nn.Sequential(nn.Linear(latent, 16), nn.ELU(), nn.Linear(16, dim))
        self.register_buffer("book", torch.randn(codes, latent))
        self.decay = decay

    def follow(self, z, weight):
        mass = weight.sum(0).unsqueeze(1) + 1e-5
        self.book.data.mul_(self.decay).add_(weight.t() @ z / mass, alpha=1 - self.decay)  # expect: GRD114

    def forward(self, x):
        z = self.enc(x)
        weight = assign(z, self.book)
        quant = weight @ self.book
        if self.training:
            self.follow(z.detach(), weight.detach())
        return self.dec(quant), (z - quant.detach()).pow(2).mean() + 0.01 * usage(weight)
