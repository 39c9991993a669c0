import random


def silence(frames, width):
    """Zeroes a block of frames, in place."""
    start = random.Random(width).randint(0, frames.size(-1) - width)
    frames[..., start : start + width] = 0.0  # expect: GRD141
    return frames
