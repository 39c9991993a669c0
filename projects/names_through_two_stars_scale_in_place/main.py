"""The helper comes through two star imports, and scales tanh's output in place: backward raises."""

# claim: raises "modified by an inplace operation"
import torch
from torch import nn
from dunes import *

torch.manual_seed(0)
wind = nn.Sequential(nn.Linear(4, 6), nn.Tanh())
sand = nn.Linear(6, 1)
opt = torch.optim.RMSprop([*wind.parameters(), *sand.parameters()], lr=1e-2)
for _ in range(2):
    gusts = torch.randn(9, 4)
    loss = sand(calm(wind(gusts), STRENGTH)).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(loss.item())
