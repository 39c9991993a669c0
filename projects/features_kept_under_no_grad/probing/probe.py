from torch import nn


class Probe(nn.Module):
    def __init__(self, dim, species):
        super().__init__()
        self.read = nn.Linear(dim, species)

    def forward(self, features):
        return self.read(features)
