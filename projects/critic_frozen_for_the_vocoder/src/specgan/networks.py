import torch
from torch import nn


class Vocoder(nn.Module):
    def __init__(self, mels=10, up=4):
        super().__init__()
        self.pre = nn.Conv1d(mels, 16, 3, padding=1)
        self.up = nn.ConvTranspose1d(16, 1, up, stride=up)

    def forward(self, m):
        return torch.tanh(self.up(nn.functional.leaky_relu(self.pre(m), 0.1)))


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(1, 8, 7, 2, 3), nn.Conv1d(8, 8, 5, 2, 2)])
        self.out = nn.Conv1d(8, 1, 3, padding=1)

    def forward(self, w):
        feats = []
        for c in self.convs:
            w = nn.functional.leaky_relu(c(w), 0.1)
            feats.append(w)
        return self.out(w), feats
