"""The blocks of another file come as a plain list, and the module makes a ModuleList of it."""

# claim: correct
# claim: prints "the first block moves"
import torch
from blocks import make_stack
from torch import nn


class Regressor(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.blocks = nn.ModuleList(make_stack(2, width))
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


torch.manual_seed(0)
net = Regressor()
before = net.blocks[0][0].weight.detach().clone()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    opt.zero_grad()
    net(torch.randn(8, 4)).pow(2).mean().backward()
    opt.step()
if not torch.equal(before, net.blocks[0][0].weight):
    print("the first block moves")
