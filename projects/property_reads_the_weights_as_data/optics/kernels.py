import torch
from torch import nn


class Kernel(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.raw = nn.Parameter(torch.randn(size, size))

    @property
    def weights(self):
        """Positive, with a sum of one."""
        flat = self.raw.data.flatten().softmax(0)  # expect: GRD125
        return flat.view(1, 1, *self.raw.shape)
