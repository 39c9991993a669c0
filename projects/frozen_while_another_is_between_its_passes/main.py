"""The switch freezes the old network while the new one is between its forward and its backward."""

# claim: correct
import torch

import distil

torch.manual_seed(0)
old, new = distil.net(), distil.net()
opt = torch.optim.SGD(new.parameters(), lr=0.1)
for _ in range(3):
    print(distil.step(old, new, opt, torch.randn(9, 5)))
