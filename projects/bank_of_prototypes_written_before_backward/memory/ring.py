import torch
import torch.nn.functional as F

from .registry import register


@register("ring")
class RingBank:
    def __init__(self, size, dim):
        self.bank = F.normalize(torch.randn(size, dim), dim=1)
        self.at = 0

    def similarity(self, feats):
        return feats @ self.bank.t()

    def take(self, feats):
        where = (self.at + torch.arange(len(feats))) % len(self.bank)
        self.bank[where] = feats  # expect: GRD141
        self.at = int(where[-1]) + 1
