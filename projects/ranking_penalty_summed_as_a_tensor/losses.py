import torch.nn as nn
import torch.nn.functional as F

from utils import *


class BPRLoss(nn.Module):
    """-log sigmoid(pos - neg) plus an L2 penalty on the embeddings in use."""

    def __init__(self, reg=0.05):
        super().__init__()
        self.reg = reg

    def forward(self, pos, neg, embeddings):
        rank = -F.logsigmoid(pos - neg).mean()
        return rank + self.reg * squared_norm(*embeddings)
