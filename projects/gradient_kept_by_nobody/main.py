"""The caller does not ask the helper to retain the graph, and its second loss goes backward through the freed one: it
raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from ponds import PondNet
from steps import Accumulator

torch.manual_seed(0)
net = PondNet()
acc = Accumulator(torch.optim.Adam(net.parameters(), lr=1e-2), every=2)
for _ in range(4):
    algae, oxygen = net(torch.rand(8, 4))
    acc.add(algae.pow(2).mean())
    acc.add((oxygen - 0.5).abs().mean())  # raises here
    acc.tick()
