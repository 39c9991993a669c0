"""The training loop yields between forward and backward, and its consumer decays the weights through .data there: the
gradients are silently wrong.
"""

# claim: wrong-gradient net.first.weight
import torch

from loop import rounds
from quarry import StoneNet

torch.manual_seed(0)
net = StoneNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for k, loss in enumerate(rounds(net, opt, torch.rand(3, 8, 5))):
    for p in net.parameters():
        p.data.mul_(0.9)  # todo-expect: GRD114
    print(k, loss.item())
