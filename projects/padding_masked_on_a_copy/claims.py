import torch

PAD = 0


def claims(n, longest=7, words=30):
    ids = torch.randint(1, words, (n, longest))
    length = torch.randint(2, longest, (n, 1))
    ids[torch.arange(longest) >= length] = PAD
    return ids, torch.rand(n)
