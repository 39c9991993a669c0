import torch


def quantise(code, bits):
    steps = 2**bits
    hard = torch.round(code.detach().tanh() * steps) / steps
    soft = code.tanh()
    return soft + (hard - soft).detach()
