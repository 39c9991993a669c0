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
    keep = torch.ones(spec.size(-1))
    keep[start : start + width] = 0.0
    return spec * keep
