import torch.nn as nn
import torch.nn.functional as F

__all__ = ["SeriesEncoder", "freeze", "unfreeze"]


class SeriesEncoder(nn.Module):
    def __init__(self, ch=8, dim=12):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, ch, 5, padding=2), nn.ReLU(inplace=True), nn.Conv1d(ch, ch, 5, padding=2)
        )
        self.fc = nn.Linear(ch, dim)

    def forward(self, s):
        return F.normalize(self.fc(F.relu(self.conv(s)).mean(-1)), dim=1)


def freeze(m):
    for p in m.parameters():
        p.requires_grad = False


def unfreeze(m):
    for p in m.parameters():
        p.requires_grad = True
