import torch
from torch import nn


class TinySegNet(nn.Module):
    """Encoder/decoder that answers a foreground probability for each pixel."""

    def __init__(self, ch=8):
        super().__init__()
        self.stem = nn.Conv2d(3, ch, 3, padding=1)
        self.down = nn.Conv2d(ch, ch * 2, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(ch * 2, ch, 2, stride=2)
        self.head = nn.Conv2d(ch * 2, 1, 1)

    def forward(self, img):
        s = torch.relu(self.stem(img))
        d = torch.relu(self.down(s))
        u = torch.relu(self.up(d))
        return torch.sigmoid(self.head(torch.cat([s, u], dim=1)))
