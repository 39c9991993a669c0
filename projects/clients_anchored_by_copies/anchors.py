def weights_of(network):
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def distance(network, anchor):
    return sum((p - anchor[name]).pow(2).sum() for name, p in network.named_parameters())
