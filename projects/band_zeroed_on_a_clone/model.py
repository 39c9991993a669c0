import torch
import torch.nn as nn


class SpectrumCoder(nn.Module):
    def __init__(self, bins, hidden):
        super().__init__()
        self.enc = nn.Conv1d(bins, hidden, 3, padding=1)
        self.dec = nn.Conv1d(hidden, bins, 3, padding=1)

    def encode(self, x):
        return torch.tanh(self.enc(x))

    def decode(self, code):
        return self.dec(code)
