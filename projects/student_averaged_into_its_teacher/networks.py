import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, d_in, d_hid, d_out):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d_in, d_hid), nn.GELU(), nn.Linear(d_hid, d_hid), nn.GELU())
        self.proj = nn.Linear(d_hid, d_out)

    def forward(self, x):
        return self.proj(self.body(x))
