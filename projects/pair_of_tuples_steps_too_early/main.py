"""The named tuple carries a network with its optimizer, and the first one's step comes before the second loss goes
backward through it: it raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from orbit import Player, player
from orbit.chase import chase

torch.manual_seed(0)
hunter, prey = player(4, 2, lr=0.01), player(4, 2, lr=0.01)
for _ in range(2):
    print(chase(hunter, prey, torch.randn(7, 4)))  # raises here
