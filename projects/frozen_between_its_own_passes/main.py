"""The switch freezes the new network between its forward and its backward: it never gets a gradient."""

# claim: none-grad new.0.weight
import torch

import distil

torch.manual_seed(0)
old, new = distil.net(), distil.net()
opt = torch.optim.SGD(new.parameters(), lr=0.1)
for _ in range(3):
    print(distil.step(old, new, opt, torch.randn(9, 5)))
