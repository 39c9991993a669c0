"""The class defines what its requires_grad means, and sets the parameters' flags."""

# claim: correct
import torch

from parts.switchable import Switchable
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(Switchable(4, 6), nn.ReLU(), nn.Linear(6, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    net[0].requires_grad = epoch > 0
    loss = net(torch.randn(7, 4)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, net[0].weight.grad is None)
