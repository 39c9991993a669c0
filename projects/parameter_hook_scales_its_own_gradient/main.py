"""The hook scales the gradient of a parameter, and gives back a new one."""

# claim: correct
import torch

from paces import paced
from plants.growth import GrowthNet

torch.manual_seed(0)
net = paced(GrowthNet(), {"roots": 0.1, "leaves": 1.0})
opt = torch.optim.SGD(net.parameters(), lr=0.2)
for _ in range(3):
    soil = torch.rand(8, 3)
    loss = (net(soil) - soil.sum(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
