import torch
from torch.utils.data import Dataset


class Coloured(Dataset):
    def __init__(self, palette, n):
        self.table = palette()
        self.which = torch.arange(n) % len(self.table)
        self.price = torch.rand(n)

    def __len__(self):
        return len(self.which)

    def __getitem__(self, k):
        return self.table[self.which[k]], self.price[k]
