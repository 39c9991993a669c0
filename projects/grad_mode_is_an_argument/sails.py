from torch import nn


class SailNet(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(5, 9), nn.Dropout(0.1), nn.SiLU(), nn.Linear(9, 1))
