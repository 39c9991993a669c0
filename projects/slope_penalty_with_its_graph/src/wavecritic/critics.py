from torch import nn


def make_critic(length, width):
    return nn.Sequential(nn.Linear(length, width), nn.Softplus(), nn.Linear(width, 1))
