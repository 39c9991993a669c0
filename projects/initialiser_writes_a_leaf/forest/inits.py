from torch import nn


def shrink(net, share):
    """Begins near zero."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            layer.weight.mul_(share)  # expect: GRD142
