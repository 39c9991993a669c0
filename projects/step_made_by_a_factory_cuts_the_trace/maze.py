import torch
from torch import nn


class Value(nn.Module):
    def __init__(self, places):
        super().__init__()
        self.place = nn.Embedding(places, 4)
        self.worth = nn.Linear(4, 1)

    def forward(self, k):
        return self.worth(self.place(k).tanh()).squeeze(-1)


def walks(n, places=6):
    for _ in range(n):
        yield torch.randint(0, places, (5,)), torch.randint(0, places, (5,)), torch.rand(5)
