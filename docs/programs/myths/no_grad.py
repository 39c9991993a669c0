import torch
from torch import nn

net = nn.Linear(2, 1)
with torch.no_grad():
    net(torch.ones(1, 2))
    print(net.weight.requires_grad)

net(torch.ones(1, 2)).sum().backward()
print(net.weight.grad)
