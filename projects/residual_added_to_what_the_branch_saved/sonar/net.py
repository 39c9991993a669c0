from torch import nn

from .blocks import Block


class SonarNet(nn.Module):
    def __init__(self, beams, depth, dim=10):
        super().__init__()
        self.inp = nn.Linear(beams, dim)
        self.blocks = nn.Sequential(*(Block(dim) for _ in range(depth)))
        self.out = nn.Linear(dim, 2)

    def forward(self, echo):
        return self.out(self.blocks(self.inp(echo)))
