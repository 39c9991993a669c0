import torch
from torch import nn

net = nn.Linear(2, 1)
net.requires_grad = False
print(net.weight.requires_grad)
net.requires_grad_(False)
print(net.weight.requires_grad)
