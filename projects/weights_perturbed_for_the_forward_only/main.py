"""The perturbation is taken away through .data before the backward, which then reads other weights than the forward:
the gradients are silently wrong.
"""

# claim: wrong-gradient net.conv.weight
import torch

from robust.net import SignNet
from robust.perturb import Perturbed
from robust.train import epoch

torch.manual_seed(0)
net = SignNet()
epoch(net, Perturbed(net, size=0.02), torch.optim.SGD(net.parameters(), lr=0.05), steps=3)
