"""The helper cuts the history in place when the backward that needed it is done."""

# claim: correct
import torch

from rivers.flow import FlowNet
from rivers.follow import follow

torch.manual_seed(0)
net = FlowNet(gauges=3)
follow(net, torch.randn(4, 5, 3), torch.optim.Adam(net.parameters(), lr=1e-2))
