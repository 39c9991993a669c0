import torch
from torch import nn


def small(*shape, scale=0.02):
    """A new parameter of small numbers."""
    return nn.Parameter(torch.randn(*shape) * scale)
