"""The slope is computed without create_graph, so the penalty on it moves the loss and no weight."""

# claim: grad critic.0.bias [-0.0072, -0.005, 0.0021, -0.0249]
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))

import torch
from wavecritic import critic_loss, make_critic

torch.manual_seed(0)
critic = make_critic(length=12, width=4)
opt = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
for step in range(3):
    heard = torch.randn(16, 12).cumsum(-1)
    made = torch.randn(16, 12)
    loss = critic_loss(critic, heard, made, weight=10.0)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, round(loss.item(), 4))
