from torch import nn

from .write import keep_largest


def every_layer(net, share):
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            one_layer(layer, share)


def one_layer(layer, share):
    keep_largest(layer.weight, share)
