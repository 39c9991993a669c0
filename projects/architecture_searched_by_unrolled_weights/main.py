"""The unrolled network is a deep copy whose weights are set through .data before its forward, and the architecture's
gradient is put together by hand.
"""

# claim: correct
import torch

from search.architect import Architect
from search.cells import MixedNet

torch.manual_seed(0)
net = MixedNet(dim=6)
opt = torch.optim.SGD(net.weights(), lr=0.05, momentum=0.9)
architect = Architect(net, lr=0.05)
for it in range(3):
    train, valid = (torch.randn(10, 6) for _ in range(2))
    print(it, architect.step(train, valid))
    opt.zero_grad()
    loss = net.loss(train)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.weights(), 5.0)
    opt.step()
