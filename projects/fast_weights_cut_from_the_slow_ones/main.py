"""The inner step makes the fast weights of the slow ones' data, so the query's loss never reaches the slow ones."""

# claim: none-grad learner.w1, learner.w2
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
