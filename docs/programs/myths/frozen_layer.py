import torch
from torch import nn

first, frozen = nn.Linear(2, 2), nn.Linear(2, 1)
frozen.requires_grad_(False)
frozen(first(torch.ones(1, 2))).sum().backward()
print(frozen.weight.grad)
print(first.weight.grad is not None)
