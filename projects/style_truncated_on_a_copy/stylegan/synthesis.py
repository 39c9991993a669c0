import torch
from torch import nn


class SynthesisNet(nn.Module):
    def __init__(self, wdim, ch=12):
        super().__init__()
        self.const = nn.Parameter(torch.randn(1, ch, 4, 4))
        self.affine = nn.Linear(wdim, ch)
        self.conv = nn.Conv2d(ch, ch, 3, padding=1)
        self.rgb = nn.Conv2d(ch, 3, 1)

    def forward(self, w):
        style = self.affine(w)[:, :, None, None]
        x = torch.relu(self.conv(self.const * (1 + style)))
        return torch.tanh(self.rgb(x))


class Critic(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(32, 1))
