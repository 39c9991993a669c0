import torch
from torch import nn


class Judge(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(4, width)
        self.last = nn.Linear(width, 1)

    def forward(self, drawing):
        return self.last(torch.tanh(self.first(drawing)))
