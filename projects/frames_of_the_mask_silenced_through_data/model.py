import torch
import torch.nn as nn
import torch.nn.functional as F


class RatioMaskNet(nn.Module):
    """Predicts a bounded ratio mask for a two-channel (re, im) spectrogram."""

    def __init__(self, n_freq, hidden):
        super().__init__()
        self.inp = nn.Conv1d(n_freq, hidden, 5, padding=2)
        self.mid = nn.Conv1d(hidden, hidden, 3, padding=1)
        self.out = nn.Conv1d(hidden, n_freq, 1)

    def forward(self, mix):
        h = F.leaky_relu(self.inp(mix), 0.1)
        h = h + F.leaky_relu(self.mid(h), 0.1)
        return torch.tanh(self.out(h))
