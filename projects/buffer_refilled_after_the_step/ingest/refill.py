import torch


class Refilled:
    """Hands out batches in one buffer, so that nothing is allocated."""

    def __init__(self, source):
        self.source = source
        self.waves = torch.empty(6, 1, 20)

    def __iter__(self):
        for waves, size in self.source:
            self.waves.copy_(waves)
            yield self.waves, size
