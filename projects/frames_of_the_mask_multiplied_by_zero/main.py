"""The augmentation multiplies the frames of the mask by zero: that is in the graph."""

# claim: correct
import random

import torch

from config import Config
from engine import train_one_epoch
from model import RatioMaskNet


def main():
    torch.manual_seed(0)
    random.seed(0)
    cfg = Config()
    loader = [torch.randn(cfg.batch, cfg.n_freq, cfg.frames) for _ in range(cfg.steps)]
    net = RatioMaskNet(cfg.n_freq, cfg.hidden)
    opt = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    for epoch in range(2):
        print(epoch, train_one_epoch(net, loader, opt, cfg))
    return net


if __name__ == "__main__":
    net = main()
