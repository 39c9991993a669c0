"""The mixin's twin follows between forward and backward, and its own forward ran under no_grad: nothing saved is
touched.
"""

# claim: correct
import torch
from torch import nn

from ssl_lib import BYOL

torch.manual_seed(0)
enc = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 8))
learner = BYOL(enc, 8)
opt = torch.optim.Adam([p for p in learner.parameters() if p.requires_grad], lr=3e-3)
for it in range(5):
    x = torch.randn(32, 20)
    loss = learner.training_loss(x + 0.2 * torch.randn_like(x), x + 0.2 * torch.randn_like(x))
    opt.zero_grad()
    loss.backward()
    opt.step()
    learner.on_after_step()
    print(it, loss.item())
