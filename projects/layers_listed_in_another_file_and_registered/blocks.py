from torch import nn


def make_stack(depth, width):
    return [nn.Sequential(nn.Linear(width, width), nn.ReLU()) for _ in range(depth)]
