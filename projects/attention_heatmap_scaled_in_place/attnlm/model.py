from torch import nn

from .layers import SelfAttention


class WordModel(nn.Module):
    def __init__(self, vocab, dim=24, depth=2):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim)
        self.layers = nn.ModuleList(SelfAttention(dim) for _ in range(depth))
        self.out = nn.Linear(dim, vocab)

    def forward(self, ids):
        h = self.tok(ids)
        for layer in self.layers:
            h = h + layer(h)
        return self.out(h)
