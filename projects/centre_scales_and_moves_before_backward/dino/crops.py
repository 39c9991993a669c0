import torch


def crops(x, k):
    return [x * (torch.rand_like(x) > 0.3) + 0.05 * torch.randn_like(x) for _ in range(k)]
