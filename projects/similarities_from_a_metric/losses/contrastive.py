import torch
import torch.nn.functional as F
from torch import nn

from utils import cosine_matrix


class InfoNCE(nn.Module):
    def __init__(self, temperature=0.1, spread=0.01):
        super().__init__()
        self.log_t = nn.Parameter(torch.tensor(temperature).log())
        self.spread = spread

    def forward(self, za, zb):
        logits = cosine_matrix(za, zb) / self.log_t.exp()
        labels = torch.arange(za.size(0))
        nce = 0.5 * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels))
        size = (za.norm(dim=1) - 1).square().mean() + (zb.norm(dim=1) - 1).square().mean()
        return nce + self.spread * size
