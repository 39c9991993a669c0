"""The configuration retains the graph for all but the last of the losses."""

# claim: correct
import torch

import config as c
from tasks import TASKS
from orchard import Orchard

torch.manual_seed(0)
trees = Orchard(views=7, tasks=list(TASKS))
opt = torch.optim.SGD(trees.parameters(), lr=c.LR)
for _ in range(c.ROUNDS):
    opt.zero_grad()
    answers = trees(torch.randn(9, 7))
    for k, (name, loss) in enumerate(TASKS.items(), 1):
        loss(answers[name]).backward(retain_graph=c.KEEP and k < len(TASKS))
    opt.step()
