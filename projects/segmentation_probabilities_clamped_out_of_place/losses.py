def bound(p, eps=1e-4):
    """Keep probabilities away from 0 and 1 so that the logs stay finite."""
    return p.clamp(eps, 1 - eps)


def dice(p, t):
    inter = (p * t).sum(dim=(1, 2, 3))
    return 1 - (2 * inter + 1) / (p.sum(dim=(1, 2, 3)) + t.sum(dim=(1, 2, 3)) + 1)


def seg_loss(p, t):
    p = bound(p)
    bce = -(t * p.log() + (1 - t) * (1 - p).log()).mean()
    return bce + dice(p, t).mean()
