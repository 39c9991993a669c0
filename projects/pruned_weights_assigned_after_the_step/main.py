"""The callback assigns the pruned weights to .data after the step."""

# claim: correct
import torch
from torch import nn

import callbacks
from leafnet import LeafNet
from loop import Loop

SCHEDULE = [("Pruning", {"amount": 0.5, "every": 1}), ("Progress", {})]

torch.manual_seed(0)
net = LeafNet(species=4)
loop = Loop(net, torch.optim.SGD(net.parameters(), lr=0.05), nn.CrossEntropyLoss())
for name, options in SCHEDULE:
    loop.add(getattr(callbacks, name)(**options))
for _ in range(3):
    loop.batch(torch.randn(8, 3, 12, 12), torch.randint(0, 4, (8,)))
