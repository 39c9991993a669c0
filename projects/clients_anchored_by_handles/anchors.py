def weights_of(network):
    return {name: p.data for name, p in network.named_parameters()}  # expect: GRD178


def distance(network, anchor):
    return sum((p - anchor[name]).pow(2).sum() for name, p in network.named_parameters())
