import torch
import torch.nn as nn


class WaveField(nn.Module):
    def __init__(self, width=20):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )
        self.speed = nn.Parameter(torch.tensor(0.5))

    def forward(self, t, x):
        return self.net(torch.cat([t, x], dim=1))
