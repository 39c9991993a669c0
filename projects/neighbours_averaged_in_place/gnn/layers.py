import torch.nn as nn

from .ops import mean_neighbors


class SAGELayer(nn.Module):
    def __init__(self, d_in, d_out, act=True):
        super().__init__()
        self.own = nn.Linear(d_in, d_out)
        self.nbr = nn.Linear(d_in, d_out, bias=False)
        self.act = nn.ReLU(inplace=True) if act else nn.Identity()

    def forward(self, h, src, dst):
        out = self.own(h)
        out += self.nbr(mean_neighbors(h, src, dst))
        return self.act(out)


def make_layers(sizes):
    last = len(sizes) - 2
    return [SAGELayer(a, b, act=i < last) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]
