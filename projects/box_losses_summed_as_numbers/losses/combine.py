import torch


def combine(parts, weights):
    """Weighted sum of the terms; returns it with a dict for the log."""
    log = {name: weights.get(name, 1.0) * term.item() for name, term in parts.items()}  # expect: GRD125
    total = torch.tensor(sum(log.values()), requires_grad=True)  # expect: GRD124
    return total, log
