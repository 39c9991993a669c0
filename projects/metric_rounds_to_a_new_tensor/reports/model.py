import torch.nn.functional as F
from torch import nn

from .output import Output


class SpamNet(nn.Module):
    def __init__(self, words, dim=8):
        super().__init__()
        self.words, self.read = nn.EmbeddingBag(words, dim), nn.Linear(dim, 1)

    def forward(self, ids, labels=None):
        prob = self.read(self.words(ids)).sigmoid().squeeze(-1)
        loss = None if labels is None else F.binary_cross_entropy(prob, labels.float())
        return Output(prob=prob, loss=loss)
