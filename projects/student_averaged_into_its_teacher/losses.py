import torch.nn as nn
import torch.nn.functional as F


class CosineAlign(nn.Module):
    def forward(self, a, b):
        return 2 - 2 * F.cosine_similarity(a, b.detach(), dim=-1).mean()
