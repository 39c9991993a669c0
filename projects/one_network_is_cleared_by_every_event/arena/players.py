from torch import nn


def player(inp, out):
    return nn.Sequential(nn.Linear(inp, 12), nn.LeakyReLU(0.1), nn.Linear(12, out))
