import torch


def combine(parts, weights):
    """Weighted sum of the terms; returns it with a dict for the log."""
    scaled = {name: weights.get(name, 1.0) * term for name, term in parts.items()}
    total = torch.stack(list(scaled.values())).sum()
    return total, {name: term.item() for name, term in scaled.items()}
