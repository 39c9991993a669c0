import torch
import torch.nn.functional as F
from torch import nn

from .ema import SSLBase


class BYOL(SSLBase):
    def __init__(self, encoder, dim, tau=0.95):
        super().__init__()
        self.online = encoder
        self.predictor = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.add_twin(encoder)
        self.tau = tau

    def training_loss(self, a, b):
        total = 0.0
        for x, y in ((a, b), (b, a)):
            p = self.predictor(self.online(x))
            with torch.no_grad():
                t = self.twin(y)
            total = total + 2 - 2 * F.cosine_similarity(p, t, dim=-1).mean()
        self.follow(self.online, self.tau)
        return total
