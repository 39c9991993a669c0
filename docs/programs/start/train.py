import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

hidden = net(torch.ones(4, 3)).sigmoid()
hidden.data.mul_(2.0)
loss = hidden.sum()
loss.backward()
optimizer.step()
