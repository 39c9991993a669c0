import torch
import torch.nn.functional as F


class FeatureQueue:
    """First-in first-out store of negatives."""

    def __init__(self, size, dim):
        self.size = size
        self.feats = F.normalize(torch.randn(size, dim), dim=1)

    def push(self, keys):
        self.feats = torch.cat([keys, self.feats])[: self.size]

    def logits(self, query):
        return query @ self.feats.t()
