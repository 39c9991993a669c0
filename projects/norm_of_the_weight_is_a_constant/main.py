"""The layer divides its weight by a norm that is read through .data, and the weight itself keeps its graph."""

# claim: correct
import torch

from layers import Unit

torch.manual_seed(0)
net = torch.nn.Sequential(Unit(4, 6), torch.nn.Tanh(), Unit(6, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    x = torch.randn(9, 4)
    loss = (net(x) - x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
