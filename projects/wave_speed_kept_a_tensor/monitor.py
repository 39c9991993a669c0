import torch


def term_norms(terms, params):
    """Gradient norm of each term of the loss."""
    out = {}
    for name, term in terms.items():
        grads = torch.autograd.grad(term, params, retain_graph=True, allow_unused=True)
        out[name] = sum(g.norm().item() for g in grads if g is not None)
    return out


def clamp_speed(field, low=0.0, high=3.0):
    field.speed.data.clamp_(low, high)
