import torch

__all__ = ["windows", "VOCAB"]

VOCAB = 35


def windows(rows=5, length=41, size=10):
    ids = torch.randint(0, VOCAB, (rows, length))
    return [(ids[:, i : i + size], ids[:, i + 1 : i + size + 1]) for i in range(0, length - 1, size)]
