import torch
from torch import nn


class TwoHeads(nn.Module):
    """Guesses the next symbol and the one before."""

    def __init__(self, symbols, dim):
        super().__init__()
        self.table = nn.Embedding(symbols, dim)
        self.mix = nn.Linear(dim, dim)
        self.ahead, self.back = nn.Linear(dim, symbols), nn.Linear(dim, symbols)

    def forward(self, tokens):
        h = torch.tanh(self.mix(self.table(tokens)))
        return self.ahead(h), self.back(h)

    def groups(self):
        shared = [*self.table.parameters(), *self.mix.parameters()]
        return [*shared, *self.ahead.parameters()], list(self.back.parameters())
