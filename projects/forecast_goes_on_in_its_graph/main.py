"""The long forecast goes on in the graph of the short one."""

# claim: correct
import torch

import weather.dynamics as dynamics
from weather.rollouts import two_horizons

torch.manual_seed(0)
air = dynamics.AirModel(cells=8)
opt = torch.optim.SGD(air.parameters(), lr=0.02)
days = torch.randn(3, 5, 8)
for observed in days:
    loss = two_horizons(air, observed)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
