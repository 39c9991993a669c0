from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.a, self.b = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def branch(self, x):
        return self.b(self.a(self.norm(x)).relu())

    def forward(self, x):
        x += self.branch(x)  # expect: GRD141
        return x
