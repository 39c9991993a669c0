from torch import nn


def make_generator(dim=6, out=10):
    return nn.Sequential(nn.Linear(dim, 20), nn.ReLU(True), nn.Linear(20, out))


def make_discriminator(inp=10):
    return nn.Sequential(nn.Linear(inp, 20), nn.LeakyReLU(0.2), nn.Linear(20, 1))
