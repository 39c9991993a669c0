import torch


class Tides:
    def __init__(self, n, past):
        self.n, self.past = n, past

    def __iter__(self):
        for _ in range(self.n):
            t = torch.arange(self.past + 1) + 6 * torch.rand(10, 1)
            level = torch.sin(0.5 * t) + 0.3 * torch.sin(1.1 * t)
            yield level[:, : self.past], level[:, self.past]
