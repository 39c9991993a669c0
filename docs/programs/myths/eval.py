import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.Linear(2, 1)).eval()
out = net(torch.ones(1, 2))
print(out.requires_grad)
out.sum().backward()
print(net[0].weight.grad is not None)
