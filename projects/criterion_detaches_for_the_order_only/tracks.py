from torch import nn


class TrackNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 9), nn.ReLU6(), nn.Linear(9, 2))

    def forward(self, points):
        return points + self.net(points)
