import torch


def sample(n):
    s, a = torch.randn(n, 4), torch.rand(n, 2) * 2 - 1
    return s, a, -s.pow(2).mean(1), 0.9 * s + 0.1 * torch.randn(n, 4)
