import torch


def product(slopes, params, direction, **kw):
    along = sum((s * d).sum() for s, d in zip(slopes, direction))
    return torch.autograd.grad(along, params, **kw)


def sharpness(loss, params):
    """The curvature along one random direction."""
    direction = [torch.randn_like(p) for p in params]
    slopes = torch.autograd.grad(loss, params, create_graph=True)
    bent = product(slopes, params, direction)
    return sum((b * d).sum() for b, d in zip(bent, direction)).item()
