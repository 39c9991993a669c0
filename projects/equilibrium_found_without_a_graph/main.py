"""The fixed point is looked for under no_grad, one more step gives it a graph, and a hook solves for the gradient and
gives back a new one.
"""

# claim: correct
import torch

from equilibrium.layer import Equilibrium
from equilibrium.cells import Cell

torch.manual_seed(0)
layer = Equilibrium(Cell(inp=5, dim=6))
read = torch.nn.Linear(6, 1)
opt = torch.optim.Adam([*layer.parameters(), *read.parameters()], lr=1e-2)
for _ in range(3):
    x = torch.randn(9, 5)
    loss = (read(layer(x)) - x.mean(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
