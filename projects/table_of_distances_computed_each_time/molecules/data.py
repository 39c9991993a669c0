import torch


def shapes(n, atoms=6):
    return [torch.rand(atoms, atoms) for _ in range(n)]
