"""The inner step makes the fast weights of the slow ones, and the query's loss reaches them."""

# claim: correct
import torch

from maml import inner, meta

torch.manual_seed(0)
learner = meta.Slow(width=12)
opt = torch.optim.Adam(learner.parameters(), lr=1e-2)
for it in range(3):
    opt.zero_grad()
    total = sum(meta.query_loss(learner, meta.parabola(), inner.steps) for _ in range(2))
    total.backward()
    opt.step()
    print(it, total.item())
