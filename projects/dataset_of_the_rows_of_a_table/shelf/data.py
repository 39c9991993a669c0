import torch
from torch.utils.data import Dataset


class Coloured(Dataset):
    def __init__(self, palette, n):
        self.which = torch.arange(n) % len(palette.raw)
        self.price = torch.rand(n)

    def __len__(self):
        return len(self.which)

    def __getitem__(self, k):
        return self.which[k], self.price[k]
