"""The handler clears the forger's gradients in every turn, and the expert's pile up."""

# claim: grad expert.2.bias [-0.9154]
import torch

from arena.players import player
from arena.turns import Arena

torch.manual_seed(0)
arena = Arena({"forger": player(3, 4), "expert": player(4, 1)}, lr=0.05)
for _ in range(3):
    print(arena.round(torch.randn(10, 4) + 1))
forger, expert = arena.nets.values()
