"""The blocks of another file come as a plain list: the module does not register them, and none of them is trained."""

# claim: prints "the first block never moves"
import torch
from blocks import make_stack
from torch import nn


class Regressor(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.blocks = make_stack(2, width)  # expect: GRD171
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
if torch.equal(before, net.blocks[0][0].weight):
    print("the first block never moves")
