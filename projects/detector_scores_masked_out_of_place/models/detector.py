import torch
from torch import nn


def conv_bn(cin, cout, stride=2):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, stride, 1, bias=False),
        nn.BatchNorm2d(cout),
        nn.LeakyReLU(0.1),
    )


class TinyDetector(nn.Module):
    """One-stage detector with a single 8x8 grid."""

    def __init__(self, num_classes, width=8):
        super().__init__()
        self.body = nn.Sequential(conv_bn(3, width), conv_bn(width, 2 * width))
        self.cls = nn.Conv2d(2 * width, num_classes, 1)
        self.reg = nn.Conv2d(2 * width, 4, 1)

    def forward(self, images):
        fmap = self.body(images)
        scores = torch.sigmoid(self.cls(fmap)).flatten(2).transpose(1, 2)
        deltas = self.reg(fmap).flatten(2).transpose(1, 2)
        return {"scores": scores, "deltas": deltas}
