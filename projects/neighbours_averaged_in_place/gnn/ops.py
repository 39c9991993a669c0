import torch


def mean_neighbors(h, src, dst):
    n = h.size(0)
    count = torch.zeros(n, 1).index_add_(0, dst, torch.ones(len(dst), 1)).clamp_(min=1)
    total = torch.zeros(n, h.size(1)).index_add(0, dst, h[src])
    total /= count
    return total


def degree_stats(dst, n):
    deg = torch.bincount(dst, minlength=n).float()
    return deg.mean().item(), deg.max().item()
