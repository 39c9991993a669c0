import torch
from torch import nn


class Stage(nn.Module):
    def __init__(self, cin, joints):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(cin, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, joints, 1))

    def forward(self, x):
        y = self.net(x)
        n, j, h, w = y.shape
        return torch.softmax(y.view(n, j, h * w), dim=-1).view(n, j, h, w)


class StackedPose(nn.Module):
    def __init__(self, joints=5, stages=2):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.stages = nn.ModuleList([Stage(8 if s == 0 else 8 + joints, joints) for s in range(stages)])
        gy, gx = torch.meshgrid(torch.linspace(-1, 1, 12), torch.linspace(-1, 1, 12), indexing="ij")
        self.register_buffer("grid", torch.stack([gx, gy], -1))

    def coords(self, heat):
        return torch.einsum("njhw,hwc->njc", heat, self.grid)

    def forward(self, img):
        base = self.stem(img)
        heats, x = [], base
        for stage in self.stages:
            heats.append(stage(x))
            x = torch.cat([base, heats[-1]], 1)
        return heats
