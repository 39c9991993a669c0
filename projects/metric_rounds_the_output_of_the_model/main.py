"""The metric rounds the probabilities in place in what the model has given back, and sigmoid has saved them: backward
raises.
"""

# claim: raises "modified by an inplace operation"
from types import SimpleNamespace

import torch

from reports.metrics import Accuracy
from reports.model import SpamNet
from reports.train import train

cfg = SimpleNamespace(words=20, lr=1e-2, rounds=3)
torch.manual_seed(0)
net = SpamNet(cfg.words)
batches = [{"ids": torch.randint(0, cfg.words, (6, 5)), "labels": torch.randint(0, 2, (6,))} for _ in range(cfg.rounds)]
train(net, batches, torch.optim.Adam(net.parameters(), lr=cfg.lr), [Accuracy()])  # raises here
