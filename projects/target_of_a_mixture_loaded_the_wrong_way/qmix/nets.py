from torch import nn


def agent(seen, moves):
    return nn.Sequential(nn.Linear(seen, 8), nn.ReLU(inplace=True), nn.Linear(8, moves))
