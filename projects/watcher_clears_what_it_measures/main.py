"""A listener in another file writes down how large the gradients are, and clears them to save memory: no step finds any."""

# claim: prints "weights as before: True"
import torch
from torch import nn

from watching import GradientSizes


class Session:
    def __init__(self, network, listeners):
        self.network, self.listeners = network, listeners
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.1)

    def tell(self, what):
        for listener in self.listeners:
            getattr(listener, what)(self)

    def batch(self, x, y):
        self.optimizer.zero_grad()
        nn.functional.mse_loss(self.network(x), y).backward()
        self.tell("differentiated")
        self.optimizer.step()  # expect: GRD126


torch.manual_seed(0)
network = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
before = nn.utils.parameters_to_vector(network.parameters()).detach().clone()
session = Session(network, [GradientSizes()])
for _ in range(3):
    session.batch(torch.randn(5, 4), torch.randn(5, 1))
print("weights as before:", torch.equal(before, nn.utils.parameters_to_vector(network.parameters())))
