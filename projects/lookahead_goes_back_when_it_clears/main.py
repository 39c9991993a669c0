"""The optimizer class goes back to the slow weights when it clears, through .data, and that is after the forward: the
gradients are silently wrong.
"""

# claim: wrong-gradient net.card.weight
import torch

from optimisers import OPTIMISERS
from sheep import WoolNet

torch.manual_seed(0)
net = WoolNet()
opt = OPTIMISERS["lookahead"](torch.optim.Adam(net.parameters(), lr=1e-2), every=2)
for _ in range(5):
    fleece = torch.rand(8, 3)
    loss = (net(fleece) - fleece.prod(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
