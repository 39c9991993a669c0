import torch
import torch.nn as nn


class WaveGen(nn.Module):
    def __init__(self, z=8, ch=12):
        super().__init__()
        self.fc = nn.Linear(z, ch * 8)
        self.ch = ch
        self.up = nn.ConvTranspose1d(ch, 1, 4, stride=4)

    def forward(self, z):
        h = torch.relu(self.fc(z)).view(-1, self.ch, 8)
        return torch.tanh(self.up(h))
