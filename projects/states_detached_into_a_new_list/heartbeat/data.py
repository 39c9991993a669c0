import torch


def recordings(n, beats=40, leads=2):
    return [torch.randn(3, beats, leads).cumsum(1) * 0.2 for _ in range(n)]
