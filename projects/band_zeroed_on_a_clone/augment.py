import random


def gain(spec, low=0.8, high=1.2):
    return spec * random.uniform(low, high)


def band_dropout(code, width):
    """Zero a random band of channels."""
    start = random.randint(0, code.size(1) - width)
    code = code.clone()
    code[:, start : start + width] = 0.0
    return code


def stats(spec):
    arr = spec.detach().numpy()
    return float(arr.mean()), float(arr.std())
