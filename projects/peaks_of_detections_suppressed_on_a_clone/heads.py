import torch
from torch import nn


class CenterHead(nn.Module):
    def __init__(self, cin, classes):
        super().__init__()
        self.center = nn.Conv2d(cin, classes, 1)
        self.size = nn.Conv2d(cin, 2, 1)
        nn.init.constant_(self.center.bias, -1.0)

    def forward(self, f):
        return torch.sigmoid(self.center(f)), torch.exp(self.size(f))


class CenterNet(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 10, 3, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(10, 10, 3, 1, 1), nn.ReLU(inplace=True)
        )
        self.head = CenterHead(10, classes)

    def forward(self, img):
        return self.head(self.stem(img))
