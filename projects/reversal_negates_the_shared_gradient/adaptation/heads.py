from torch import nn


class DomainHead(nn.Sequential):
    def __init__(self, dim, domains=2):
        super().__init__(nn.Linear(dim, 8), nn.Tanh(), nn.Linear(8, domains))
