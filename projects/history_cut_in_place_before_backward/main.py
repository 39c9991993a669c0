"""The helper cuts the state in place that the output layer has saved, before the backward that needs it: it raises."""

# claim: raises "detach"
import torch

from rivers.flow import FlowNet
from rivers.follow import follow

torch.manual_seed(0)
net = FlowNet(gauges=3)
follow(net, torch.randn(4, 5, 3), torch.optim.Adam(net.parameters(), lr=1e-2))  # raises here
