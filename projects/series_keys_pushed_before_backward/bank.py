import torch
import torch.nn.functional as F

__all__ = ["Bank"]


class Bank:
    """Ring buffer of keys."""

    def __init__(self, size, dim):
        self.keys = F.normalize(torch.randn(size, dim), dim=1)
        self.ptr = 0

    def negatives(self):
        return self.keys.clone()

    def push(self, k):
        n = k.size(0)
        self.keys[self.ptr : self.ptr + n] = k
        self.ptr = (self.ptr + n) % self.keys.size(0)
