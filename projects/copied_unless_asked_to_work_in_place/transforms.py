def standardise(x, inplace=False, eps=1e-5):
    """Zero mean and unit deviation."""
    if not inplace:
        x = x.clone()
    mean, std = x.mean(), x.std()
    return x.sub_(mean).div_(std + eps)
