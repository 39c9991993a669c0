"""The update by hand writes the weights through .data when the second loss has saved them: its gradients are silently
wrong.
"""

# claim: wrong-gradient net.fc1.weight
import torch

from byhand import GradientDescent
from thermostat import ComfortNet, losses

torch.manual_seed(0)
net = ComfortNet()
descend = GradientDescent(net, lr=0.3)
for _ in range(3):
    room = torch.randn(12, 4)
    warm, thrift = losses(net, room)
    descend(warm)
    descend(thrift)
    print(warm.item(), thrift.item())
