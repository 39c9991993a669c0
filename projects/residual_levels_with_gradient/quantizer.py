import torch
import torch.nn.functional as F
from torch import nn


def nearest(x, table):
    return table[torch.cdist(x, table).argmin(dim=1)]


class Residual(nn.Module):
    def __init__(self, levels, size, width):
        super().__init__()
        self.levels = levels
        for level in range(levels):
            self.register_buffer(f"table{level}", torch.randn(size, width))

    def tables(self):
        return [self.table0, self.table1][: self.levels]

    def losses(self, x):
        losses = []
        for table in self.tables():
            chosen = nearest(x, table)
            losses.append(F.mse_loss(x, chosen))
            passed = x + (chosen - x).detach()
            x = x - passed.detach()
        return losses

    def forward(self, x):
        total, commitment = 0.0, 0.0
        for table in self.tables():
            chosen = nearest(x, table)
            commitment = commitment + F.mse_loss(x, chosen)
            passed = x + (chosen - x).detach()
            total = total + passed
            x = x - passed.detach()
        return total, commitment
