import torch


def letters(n):
    for _ in range(n):
        yield torch.randint(0, 26, (5, 7)), torch.randint(2, 8, (5,)), torch.randint(0, 3, (5,))
