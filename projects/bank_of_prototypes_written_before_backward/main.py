"""The bank takes the batch's features in place between forward and backward, and the product has saved the bank:
backward raises.
"""

# claim: raises "modified by an inplace operation"
import torch

import galaxies
from memory import MEMORIES

torch.manual_seed(0)
net = galaxies.GalaxyNet(pixels=16, dim=6)
bank = MEMORIES["ring"](size=30, dim=6)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for it in range(3):
    image = torch.randn(10, 16)
    loss = galaxies.instance_loss(net, image, bank)
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(it, loss.item())
