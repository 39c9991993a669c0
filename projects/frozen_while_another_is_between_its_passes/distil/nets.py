from torch import nn


def net():
    return nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 2))
