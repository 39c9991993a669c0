import torch.nn as nn

from . import layers


class SAGE(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.layers = nn.ModuleList(layers.make_layers(sizes))

    def forward(self, x, edges):
        for layer in self.layers:
            x = layer(x, *edges)
        return x
