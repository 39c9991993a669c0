import torch
from torch import nn


class Coupling(nn.Module):
    def __init__(self, d, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(d // 2, 24), nn.Tanh(), nn.Linear(24, d))

    def forward(self, x):
        a, b = x.chunk(2, -1)
        if self.flip:
            a, b = b, a
        s, t = self.net(a).chunk(2, -1)
        s = torch.tanh(s)
        b = b * s.exp() + t
        return torch.cat([b, a] if self.flip else [a, b], -1), s.sum(-1)


class RealNVP(nn.Module):
    def __init__(self, d=4, depth=4):
        super().__init__()
        self.layers = nn.ModuleList([Coupling(d, i % 2 == 1) for i in range(depth)])

    def log_prob(self, x):
        ld = 0
        for l in self.layers:
            x, s = l(x)
            ld = ld + s
        return ld - 0.5 * x.square().sum(-1)
