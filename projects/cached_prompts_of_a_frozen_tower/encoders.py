import torch
from torch import nn
import torch.nn.functional as F


class ImageTower(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.patch = nn.Conv2d(3, 12, 4, stride=4)
        self.fc = nn.Linear(12, dim)

    def forward(self, x):
        return F.normalize(self.fc(F.gelu(self.patch(x)).mean((2, 3))), dim=-1)


class TextTower(nn.Module):
    def __init__(self, vocab=50, dim=16):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.fc = nn.Linear(dim, dim)

    def forward(self, ids):
        return F.normalize(self.fc(torch.tanh(self.emb(ids)).mean(1)), dim=-1)
