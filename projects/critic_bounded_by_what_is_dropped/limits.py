import torch


@torch.no_grad()
def hold_within(network, bound):
    for name, p in network.named_parameters():
        if not name.endswith("bias"):
            p.clamp(-bound, bound)  # expect: GRD166
