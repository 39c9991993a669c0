import torch


def quantise(code, bits):
    steps = 2**bits
    hard = torch.round(code.detach().tanh() * steps) / steps  # expect: GRD125
    return hard
