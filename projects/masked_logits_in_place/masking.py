import torch


def forbid(logits, allowed):
    """Impossible moves get no probability (written into the logits)."""
    logits.masked_fill_(~allowed, -1e9)
    return logits


def random_allowed(n, k):
    ok = torch.randn(n, k) > -0.5
    ok[:, 0] = True
    return ok
