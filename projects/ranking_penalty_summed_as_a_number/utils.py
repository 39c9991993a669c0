import torch


def sample_negatives(n_items, n):
    return torch.randint(0, n_items, (n,))


def hit_rate(pos, neg):
    return (pos > neg).float().mean().item()


def squared_norm(*tensors):
    """Sum of squares over the batch, per example."""
    total = 0.0
    for t in tensors:
        total += t.pow(2).sum().item()  # expect: GRD128
    return total / tensors[0].size(0)
