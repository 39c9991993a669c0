from torch import nn

from .blocks import squash


class StrainNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.inp = nn.Linear(cfg["gauges"], cfg["width"])
        self.act = squash(cfg["inplace"])
        self.out = nn.Linear(cfg["width"], 1)

    def forward(self, load):
        return self.out(self.act(self.inp(load)))
