from torch import nn


class Orchard(nn.Module):
    def __init__(self, views, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(views, 8), nn.Tanh())
        self.heads = nn.ModuleDict({t: nn.Linear(8, 1) for t in tasks})

    def forward(self, x):
        h = self.trunk(x)
        return {t: head(h) for t, head in self.heads.items()}
