"""The initialiser writes the parameters in place under no_grad."""

# claim: correct
import torch

from forest import inits
from forest.fires import FireNet

torch.manual_seed(0)
net = FireNet()
inits.shrink(net, 0.1)
opt = torch.optim.Adam(net.parameters())
for _ in range(2):
    loss = net(torch.randn(8, 4)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
