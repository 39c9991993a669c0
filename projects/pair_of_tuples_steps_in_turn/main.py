"""The named tuple carries a network with its optimizer, and the second loss takes the first network's answer detached."""

# claim: correct
import torch

from orbit import Player, player
from orbit.chase import chase

torch.manual_seed(0)
hunter, prey = player(4, 2, lr=0.01), player(4, 2, lr=0.01)
for _ in range(2):
    print(chase(hunter, prey, torch.randn(7, 4)))
