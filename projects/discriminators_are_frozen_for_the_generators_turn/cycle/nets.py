from torch import nn


def generator():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(True), nn.Linear(8, 4))


def judge():
    return nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2, True), nn.Linear(8, 1))
