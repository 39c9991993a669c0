from torch import nn


class StoneNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(5, 7), nn.Linear(7, 1)

    def forward(self, blocks):
        return self.second(self.first(blocks).sigmoid())
