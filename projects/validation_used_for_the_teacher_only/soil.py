from torch import nn


def make_mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers.extend((nn.Linear(a, b), nn.Mish()))
    return nn.Sequential(*layers[:-1])
