"""The base class of the trainers keeps a generator of the parameters, which its optimizer has used up: it clips nothing."""

# claim: prints "step longer than the bound: True"
import torch
from torch import nn

from runs.series import Series

torch.manual_seed(0)
network = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
run = Series(network, rate=1.0, bound=0.01)
before = nn.utils.parameters_to_vector(network.parameters()).detach().clone()
run.update(torch.randn(8, 5))
moved = (nn.utils.parameters_to_vector(network.parameters()) - before).norm().item()
print("step longer than the bound:", moved > 0.0101)
