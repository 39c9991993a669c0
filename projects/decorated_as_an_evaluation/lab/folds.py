from torch import nn


class FoldNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 9), nn.CELU(), nn.Linear(9, 1))

    def forward(self, chain):
        return self.body(chain)
