import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["TinyUNet"]


class TinyUNet(nn.Module):
    def __init__(self, ch=8, steps=50):
        super().__init__()
        self.temb = nn.Embedding(steps, ch)
        self.stem = nn.Conv2d(1, ch, 3, padding=1)
        self.down = nn.Conv2d(ch, 2 * ch, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(2 * ch, ch, 2, stride=2)
        self.out = nn.Conv2d(2 * ch, 1, 3, padding=1)

    def forward(self, x, t):
        h = F.silu(self.stem(x) + self.temb(t)[:, :, None, None])
        d = F.silu(self.down(h))
        return self.out(torch.cat([h, self.up(d)], 1))
