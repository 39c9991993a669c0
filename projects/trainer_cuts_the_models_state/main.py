"""The model keeps its state with the graph, and the trainer of another file detaches it after each step."""

# claim: correct
import torch

from rain.model import RainNet
from rain.train import follow

torch.manual_seed(0)
net = RainNet(stations=3)
follow(net, torch.randn(4, 5, 6, 3), torch.optim.Adam(net.parameters(), lr=1e-2))
