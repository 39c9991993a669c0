import torch


@torch.no_grad()
def dice(logits, mask):
    p = logits.sigmoid_()  # expect: GRD141
    return (2 * (p * mask).sum() / (p.sum() + mask.sum())).item()
