import torch


def repackage(s):
    if s is None:
        return None
    if torch.is_tensor(s):
        return s.detach()
    return tuple(repackage(v) for v in s)


class Meter:
    def __init__(self):
        self.total, self.n = 0.0, 0

    def add(self, v, n=1):
        self.total += v.detach() * n
        self.n += n

    @property
    def mean(self):
        return float(self.total) / max(self.n, 1)
