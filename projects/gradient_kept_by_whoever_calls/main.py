"""The helper retains the graph as its caller says, and the caller says so for all but the last loss."""

# claim: correct
import torch

from ponds import PondNet
from steps import Accumulator

torch.manual_seed(0)
net = PondNet()
acc = Accumulator(torch.optim.Adam(net.parameters(), lr=1e-2), every=2)
for _ in range(4):
    algae, oxygen = net(torch.rand(8, 4))
    acc.add(algae.pow(2).mean(), keep=True)
    acc.add((oxygen - 0.5).abs().mean())
    acc.tick()
