import torch.nn as nn


def count_params(net):
    return sum(p.numel() for p in net.parameters())


def cap_lipschitz(net, limit):
    """Rescale linear layers whose Frobenius norm exceeds the limit."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            size = layer.weight.data.norm().item()
            if size > limit:
                layer.weight.data *= limit / size  # expect: GRD214


def clip(net, value=1.0):
    nn.utils.clip_grad_norm_(net.parameters(), value)
