from torch import nn


class Body(nn.Module):
    def __init__(self, inp, dim):
        super().__init__()
        self.inp, self.mid = nn.Linear(inp, dim), nn.Linear(dim, dim)

    def forward(self, x):
        return self.mid(self.inp(x).tanh()).tanh()


class Forked(nn.Module):
    def __init__(self, body, heads):
        super().__init__()
        self.body, self.heads = body, nn.ModuleDict(heads)

    @classmethod
    def of(cls, inp, dim, heads):
        return cls(Body(inp, dim), {h: nn.Linear(dim, 1) for h in heads})

    def forward(self, x, head):
        return self.heads[head](self.body(x))
