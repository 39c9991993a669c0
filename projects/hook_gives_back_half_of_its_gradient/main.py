"""The hook gives back a new gradient of half the size."""

# claim: correct
import torch
from torch import nn

from balancing import slow_down

torch.manual_seed(0)
left, right = nn.Linear(4, 2), nn.Linear(4, 2)
top = nn.Linear(2, 1)
opt = torch.optim.SGD([*left.parameters(), *right.parameters(), *top.parameters()], lr=0.1)
for _ in range(2):
    views = torch.randn(10, 4)
    both = left(views) + slow_down(right(views))
    loss = top(both.tanh()).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
