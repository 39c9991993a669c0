"""The step that the factory makes keeps the eligibility trace detached."""

# claim: correct
import torch

from maze import Value, walks
from td.steps import make_step

torch.manual_seed(0)
value = Value(places=6)
step = make_step(value, torch.optim.SGD(value.parameters(), lr=0.1), decay=0.8)
for here, there, found in walks(3):
    print(step(here, there, found))
