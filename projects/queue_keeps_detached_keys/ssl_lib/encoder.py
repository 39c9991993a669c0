import torch.nn as nn
import torch.nn.functional as F


class Projector(nn.Module):
    def __init__(self, backbone, width, dim):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, dim))

    def forward(self, x):
        return F.normalize(self.head(self.backbone(x)), dim=1)


def build_encoder(d_in, width=32, dim=16):
    return Projector(nn.Sequential(nn.Linear(d_in, width), nn.ReLU()), width, dim)
