"""The player's loss is computed of moves that are cut off: the player's optimizer finds no gradient, whatever the followers do."""

# claim: prints "the player stays as it is"
import copy

import torch
from torch import nn

from coach import Coach

torch.manual_seed(0)
player, judge = nn.Linear(4, 4), nn.Linear(4, 1)
coach = Coach(player, judge, copy.deepcopy(player), copy.deepcopy(judge))
before = player.weight.detach().clone()
for _ in range(3):
    coach.learn(torch.randn(8, 4), torch.randn(8, 1))
if torch.equal(before, player.weight):
    print("the player stays as it is")
