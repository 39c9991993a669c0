import torch
from torch import nn


class Chords(nn.Module):
    def __init__(self, tones):
        super().__init__()
        self.net = nn.Linear(tones, tones)
        self.register_buffer("heat", torch.ones(tones))

    def forward(self, heard):
        return self.net(heard) * self.heat
