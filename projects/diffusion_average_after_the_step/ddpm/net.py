import torch
import torch.nn as nn


class NoiseMLP(nn.Module):
    def __init__(self, dim, width=32, steps=30):
        super().__init__()
        self.t = nn.Embedding(steps, width)
        self.a = nn.Linear(dim, width)
        self.b = nn.Linear(width, width)
        self.c = nn.Linear(width, dim)

    def forward(self, x, t):
        h = torch.nn.functional.silu(self.a(x) + self.t(t))
        return self.c(torch.nn.functional.silu(self.b(h)))
