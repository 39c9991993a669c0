from torch import nn


def parts(calls, code, kinds):
    return nn.Sequential(nn.Linear(calls, code), nn.Tanh()), nn.Linear(code, calls), nn.Linear(code, kinds)
