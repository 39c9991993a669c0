import torch
from torch import nn

from .augment import silence


class CommandNet(nn.Module):
    def __init__(self, bands, words, ch=6):
        super().__init__()
        self.a, self.b = nn.Conv1d(bands, ch, 3), nn.Conv1d(ch, ch, 3)
        self.word = nn.Linear(ch, words)

    def forward(self, mel, augment=False):
        h = self.a(mel)
        if augment:
            h = silence(h, 2)
        return self.word(self.b(torch.relu(h)).mean(-1))
