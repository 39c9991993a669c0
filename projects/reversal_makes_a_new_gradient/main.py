"""The reversal makes a new gradient, and the other encoder gets the one that the sum handed out."""

# claim: correct
import torch
import torch.nn.functional as F
from torch import nn

from adaptation import *

torch.manual_seed(0)
private, public = nn.Linear(6, 3), nn.Linear(6, 3)
domain = DomainHead(3)
opt = torch.optim.SGD([*private.parameters(), *public.parameters(), *domain.parameters()], lr=0.1)
for step in range(2):
    scans = torch.randn(20, 6)
    hospital = torch.randint(0, 2, (20,))
    fused = public(scans) + reverse(private(scans))
    loss = F.cross_entropy(domain(fused), hospital)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
