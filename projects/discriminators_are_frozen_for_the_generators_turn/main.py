"""The discriminators are frozen before the generator's forward, and released before their own."""

# claim: correct
import torch

from cycle.model import Cycle
from cycle.nets import generator, judge

torch.manual_seed(0)
cycle = Cycle(generator(), judge())
for _ in range(3):
    print(cycle.optimise(torch.randn(8, 4), torch.randn(8, 4) + 1))
