import torch
from torch import nn

MODELS = {}


def register(name):
    def wrap(cls):
        MODELS[name] = cls
        return cls

    return wrap


@register("bow")
class BagOfWords(nn.Module):
    def __init__(self, vocab, classes, dim=16):
        super().__init__()
        self.emb = nn.EmbeddingBag(vocab, dim, mode="mean")
        self.hidden = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, classes)

    def forward(self, ids):
        return self.out(torch.relu(self.hidden(self.emb(ids))))


@register("gru")
class GRUClassifier(nn.Module):
    def __init__(self, vocab, classes, dim=16):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, classes)

    def forward(self, ids):
        _, h = self.rnn(self.emb(ids))
        return self.out(h[-1])


def build_model(cfg):
    return MODELS[cfg["arch"]](cfg["vocab"], cfg["classes"])
