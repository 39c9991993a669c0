"""Both losses are there before the first step, which moves the network that the second does not go through."""

# claim: correct
import torch

from duo.nets import part
from duo.turns import both

torch.manual_seed(0)
left, right = part(), part()
steppers = [torch.optim.SGD(n.parameters(), lr=0.1) for n in (left, right)]
for _ in range(3):
    print(both(left, right, *steppers, torch.randn(7, 3)))
