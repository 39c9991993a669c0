import copy

import torch
import torch.nn.functional as F
from torch import nn

from . import momentum


class MoCo(nn.Module):
    def __init__(self, encoder, dim, K=64, m=0.9, T=0.2):
        super().__init__()
        self.encoder_q = encoder
        self.encoder_k = copy.deepcopy(encoder)
        for p in self.encoder_k.parameters():
            p.requires_grad = False
        self.m, self.T, self.ptr = m, T, 0
        self.register_buffer("queue", F.normalize(torch.randn(K, dim), dim=1))

    def forward(self, im_q, im_k):
        q = F.normalize(self.encoder_q(im_q), dim=1)
        with torch.no_grad():
            momentum.momentum_update(self.encoder_k, self.encoder_q, self.m)
            k = F.normalize(self.encoder_k(im_k), dim=1)
        pos = (q * k).sum(1, keepdim=True)
        neg = q @ self.queue.clone().t()
        logits = torch.cat([pos, neg], 1) / self.T
        self.ptr = momentum.enqueue(self.queue, k, self.ptr)
        return logits, torch.zeros(q.size(0), dtype=torch.long)
