import torch
from torch import nn


class PooledReader(nn.Module):
    """Reads a sentence by a learned attention over its words."""

    def __init__(self, vocab, classes, dim=18):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.key = nn.Linear(dim, dim)
        self.query = nn.Parameter(torch.randn(dim) / dim**0.5)
        self.cls = nn.Linear(dim, classes)

    def forward(self, ids):
        e = self.emb(ids)
        alpha = torch.softmax(torch.tanh(self.key(e)) @ self.query, dim=1)
        ctx = torch.einsum("bt,btd->bd", alpha, e)
        return self.cls(ctx), alpha
