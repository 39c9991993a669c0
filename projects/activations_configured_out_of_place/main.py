"""The configuration asks for activations out of place."""

# claim: correct
import torch

from bridges.config import CFG
from bridges.networks import StrainNet

torch.manual_seed(0)
net = StrainNet(CFG)
opt = torch.optim.SGD(net.parameters(), lr=CFG["lr"])
for _ in range(2):
    load = torch.randn(10, CFG["gauges"])
    loss = net(load).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
