"""The band is zeroed on a clone of the code, and tanh keeps its own output."""

# claim: correct
import random

import torch

from config import Cfg
from engine import train_one_epoch, validate
from model import SpectrumCoder

if __name__ == "__main__":
    torch.manual_seed(0)
    random.seed(0)
    cfg = Cfg()
    loader = [torch.randn(cfg.batch, cfg.bins, cfg.frames) for _ in range(cfg.batches)]
    net = SpectrumCoder(cfg.bins, cfg.hidden)
    opt = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    for epoch in range(2):
        print(epoch, train_one_epoch(net, loader, opt, cfg), validate(net, loader))
