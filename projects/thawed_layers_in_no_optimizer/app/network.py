from torch import nn


class PlantNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(6, 8)
        self.top = nn.Linear(8, 3)

    def forward(self, leaf):
        return self.top(self.stem(leaf).relu())
