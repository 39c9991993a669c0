import torch


def tremors(n):
    for _ in range(n):
        size = torch.rand(6)
        yield size.view(-1, 1, 1) * torch.randn(6, 1, 20), size
