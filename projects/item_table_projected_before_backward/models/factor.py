import torch
import torch.nn as nn

from . import register


@register("mf_full")
class FullSoftmaxMF(nn.Module):
    """Scores every item for a batch of users."""

    def __init__(self, n_users, n_items, dim):
        super().__init__()
        self.user = nn.Embedding(n_users, dim)
        self.item = nn.Embedding(n_items, dim)
        self.bias = nn.Parameter(torch.zeros(n_items))

    def forward(self, users):
        return self.user(users) @ self.item.weight.t() + self.bias
