import torch.nn as nn


def projector(d_in, d_hid, d_out):
    return nn.Sequential(nn.Linear(d_in, d_hid), nn.LayerNorm(d_hid), nn.ReLU(), nn.Linear(d_hid, d_out))


class Encoder(nn.Module):
    def __init__(self, dim, width=32, out=16):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(dim, width), nn.GELU())
        self.proj = projector(width, width, out)

    def forward(self, x):
        return self.proj(self.trunk(x))
