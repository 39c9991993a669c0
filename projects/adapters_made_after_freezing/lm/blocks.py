import torch
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, rank):
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(rank, base.in_features) * 0.05)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + x @ self.down.T @ self.up.T


class Mixer(nn.Module):
    """Gated causal averaging in place of attention."""

    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.value, self.gate = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x):
        h = self.norm(x)
        steps = torch.arange(1, x.size(1) + 1).view(1, -1, 1)
        return x + torch.sigmoid(self.gate(h)) * self.value(h).cumsum(1) / steps


class TinyLM(nn.Module):
    def __init__(self, vocab, d, depth):
        super().__init__()
        self.tok = nn.Embedding(vocab, d)
        self.blocks = [Mixer(d) for _ in range(depth)]
        for i, b in enumerate(self.blocks):
            self.add_module(f"block{i}", b)
        self.head = nn.Linear(d, vocab)

    def forward(self, ids):
        x = self.tok(ids)
        for b in self.blocks:
            x = b(x)
        return self.head(x)
