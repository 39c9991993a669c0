import torch
from torch import nn


@torch.no_grad()
def shrink(net, share):
    """Begins near zero."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            layer.weight.mul_(share)
