"""The perturbation is added through .data before the forward and taken away after the backward."""

# claim: correct
import torch

from robust.net import SignNet
from robust.perturb import Perturbed
from robust.train import epoch

torch.manual_seed(0)
net = SignNet()
epoch(net, Perturbed(net, size=0.02), torch.optim.SGD(net.parameters(), lr=0.05), steps=3)
