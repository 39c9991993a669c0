import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.dim = dim
        self.tok = nn.Embedding(vocab, dim)
        self.q, self.k, self.v = (nn.Linear(dim, dim) for _ in range(3))
        self.out = nn.Linear(dim, vocab)

    def forward(self, ids, cache=None):
        x = self.tok(ids)
        q, k, v = self.q(x), self.k(x), self.v(x)
        past = 0
        if cache is not None:
            past = cache.filled
            k, v = cache.extend(k, v)
        scores = q @ k.transpose(1, 2) / self.dim**0.5
        later = torch.arange(k.size(1))[None] > torch.arange(past, past + q.size(1))[:, None]
        scores = scores.masked_fill(later, float("-inf"))
        return self.out(x + scores.softmax(-1) @ v)
