"""The loop tells its listeners that a batch begins, and one of them clears the gradients."""

# claim: correct
import torch

from loops import Loop
from listeners import Clear, Show
from quilt import QuiltNet

torch.manual_seed(0)
net = QuiltNet()
loop = Loop(net, torch.optim.Adam(net.parameters(), lr=1e-2))
loop.listen(Clear()).listen(Show(every=2))
loop.run(torch.randn(4, 8, 3))
