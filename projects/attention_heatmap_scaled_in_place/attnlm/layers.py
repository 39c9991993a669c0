import math

import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.weights = None

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        logits = q @ k.transpose(-1, -2) / math.sqrt(q.size(-1))
        causal = torch.ones(x.size(1), x.size(1)).triu(1).bool()
        logits = logits.masked_fill(causal, float("-inf"))
        self.weights = logits.softmax(-1)
        return self.proj(self.weights @ v)
