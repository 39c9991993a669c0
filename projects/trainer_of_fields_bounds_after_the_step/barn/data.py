import torch


def milk(n):
    return [(torch.randn(8, 4), torch.rand(8, 1)) for _ in range(n)]
