from torch import nn


class SharedNet(nn.Module):
    def __init__(self, d, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(d, 20), nn.ReLU())
        self.heads = nn.ModuleDict({k: nn.Linear(20, c) for k, c in tasks.items()})

    def forward(self, x):
        z = self.trunk(x)
        return {k: h(z) for k, h in self.heads.items()}
