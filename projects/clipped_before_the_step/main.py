"""The base class clips the gradients between backward and step."""

# claim: correct
# claim: prints "step longer than the bound: False"
import torch
from torch import nn

from trainers.words import NextWord

torch.manual_seed(0)
table = nn.Sequential(nn.Embedding(20, 6), nn.Linear(6, 20))
run = NextWord(table, torch.optim.SGD(table.parameters(), lr=1.0), bound=0.01)
before = torch.nn.utils.parameters_to_vector(table.parameters()).detach()
run.train_batch(torch.randint(0, 20, (4, 9)))
moved = (torch.nn.utils.parameters_to_vector(table.parameters()) - before).norm().item()
print("step longer than the bound:", moved > 0.0101)
