import torch
from torch import nn

__all__ = ["WordLSTM"]


class WordLSTM(nn.Module):
    def __init__(self, vocab, dim=20):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, vocab)
        self.carry = None

    def start(self):
        self.carry = None

    def forward(self, ids):
        y, (h, c) = self.rnn(self.emb(ids), self.carry)
        self.carry = (h.detach(), c.detach())
        return self.out(y)
