import random

import torch


def add_noise(spec, snr=10.0):
    scale = spec.pow(2).mean().sqrt() / (10 ** (snr / 20))
    return spec + scale * torch.randn_like(spec)


def freq_flip(spec):
    return spec.flip(1)


def time_dropout(spec, width):
    """Silence a random block of frames."""
    start = random.randint(0, spec.size(-1) - width)
    spec.data[..., start : start + width] = 0.0  # expect: GRD211
    return spec
