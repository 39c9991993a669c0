import torch
from torch import nn


class RentNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(5, 8), nn.Linear(8, 1)

    def forward(self, rows):
        return self.fc2(self.fc1(rows).relu()).squeeze(-1)


def flats(n):
    rows = torch.randn(n, 5)
    return rows, rows[:, 0] - 0.5 * rows[:, 1].abs()
