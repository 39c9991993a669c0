"""Federated clients are to stay near the weights that the server sent; what they keep of those moves with each step."""

# claim: prints "away by 0.0"
import torch
from torch import nn

from client import update

torch.manual_seed(0)
network = nn.Sequential(nn.Linear(3, 4), nn.ELU(), nn.Linear(4, 1))
print("away by", update(network, torch.randn(8, 3), torch.randn(8, 1), strength=1.0))
