"""The training loop yields after the step, and its consumer decays the weights there."""

# claim: correct
import torch

from loop import rounds
from quarry import StoneNet

torch.manual_seed(0)
net = StoneNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for k, loss in enumerate(rounds(net, opt, torch.rand(3, 8, 5))):
    for p in net.parameters():
        p.data.mul_(0.9)
    print(k, loss.item())
