import torch
from torch import nn


class DemandRNN(nn.Module):
    """GRU that emits a positive rate for each horizon step."""

    def __init__(self, n_series, hidden=16, horizon=6):
        super().__init__()
        self.horizon = horizon
        self.rnn = nn.GRU(n_series, hidden, batch_first=True)
        self.head = nn.Linear(hidden, horizon)

    def forward(self, window):
        _, h = self.rnn(window)
        return torch.exp(self.head(h[-1]))
