from torch import nn


def mlp(a, b):
    return nn.Sequential(nn.Linear(a, 8), nn.ReLU(), nn.Linear(8, b))
