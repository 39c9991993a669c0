import torch


@torch.no_grad()
def answers(network, x):
    network.eval()
    return network(x)
