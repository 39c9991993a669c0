import torch
import torch.nn.functional as F
from torch import nn

from core import LoopBase


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 5)
        self.fc = nn.Linear(6 * 4 * 4, 10)

    def forward(self, x):
        return self.fc(F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1))


class DigitLoop(LoopBase):
    def loss(self, x, y):
        return F.cross_entropy(self.model(x), y)

    def on_backward_end(self):
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.norm_meter.push(norm)
