from torch import nn


class SliceNet(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, ch, 3, padding=1), nn.Conv2d(ch, 1, 1)

    def forward(self, scan):
        return self.b(self.a(scan).relu())
