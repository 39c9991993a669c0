import torch


def momentum_update(target, source, m=0.99):
    """target <- m * target + (1 - m) * source"""
    for t, s in zip(target.parameters(), source.parameters()):
        t.data.mul_(m).add_(s.data, alpha=1.0 - m)  # expect: GRD114


@torch.no_grad()
def enqueue(queue, keys, ptr):
    n = keys.size(0)
    queue[ptr : ptr + n] = keys
    return (ptr + n) % queue.size(0)
