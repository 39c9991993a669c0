import torch


class Cache:
    def __init__(self, n, longest, dim):
        self.k, self.v = torch.zeros(n, longest, dim), torch.zeros(n, longest, dim)
        self.filled = 0

    def extend(self, k, v):
        end = self.filled + k.size(1)
        self.k[:, self.filled : end] = k
        self.v[:, self.filled : end] = v
        self.filled = end
        return self.k[:, :end], self.v[:, :end]
