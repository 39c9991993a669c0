import torch
from torch import nn

from smoothing.tables import empty_like_series


class Holt(nn.Module):
    """Exponential smoothing whose pace is learned."""

    def __init__(self):
        super().__init__()
        self.pace = nn.Parameter(torch.zeros(()))

    def forward(self, series):
        level = empty_like_series(series)
        level[:, 0] = series[:, 0]
        alpha = self.pace.sigmoid()
        for t in range(1, series.size(1)):
            level[:, t] = alpha * series[:, t] + (1 - alpha) * level[:, t - 1]  # expect: GRD141
        return level
