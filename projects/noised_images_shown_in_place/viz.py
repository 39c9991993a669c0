import torch

__all__ = ["to_unit", "ascii_row", "Preview"]


def to_unit(img):
    """Map [-1, 1] to [0, 1] for display."""
    return img.add_(1).div_(2).clamp_(0, 1)  # expect: GRD141


def ascii_row(row):
    return "".join(" .:-=+*#%@"[int(v * 9)] for v in row)


class Preview:
    def __init__(self, every):
        self.every, self.step = every, 0

    def show(self, batch):
        if self.step % self.every == 0:
            print(ascii_row(to_unit(batch[:1])[0, 0, 4].tolist()))
        self.step += 1
