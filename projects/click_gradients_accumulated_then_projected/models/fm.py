import torch
import torch.nn as nn

from .registry import register


@register("deepfm")
class DeepFM(nn.Module):
    def __init__(self, fields, dim):
        super().__init__()
        self.embed = nn.ModuleList(nn.Embedding(n, dim) for n in fields)
        self.linear = nn.ModuleList(nn.Embedding(n, 1) for n in fields)
        self.deep = nn.Sequential(nn.Linear(dim * len(fields), 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        v = torch.stack([e(x[:, i]) for i, e in enumerate(self.embed)], 1)
        pair = 0.5 * (v.sum(1).pow(2) - v.pow(2).sum(1)).sum(1, keepdim=True)
        first = sum(l(x[:, i]) for i, l in enumerate(self.linear))
        return (first + pair + self.deep(v.flatten(1))).squeeze(1)
