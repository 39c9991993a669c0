"""The checkpoint is not reentrant, and its result has a graph whatever the input."""

# claim: correct
import torch
import torch.nn.functional as F

import config
from proteins import ContactNet

torch.manual_seed(0)
net = ContactNet(residues=20, depth=config.DEPTH)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for it in range(2):
    profile = torch.randn(4, 9, 20)
    exposed = (profile[..., 0] > 0).float()
    loss = F.binary_cross_entropy_with_logits(net(profile), exposed)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item())
