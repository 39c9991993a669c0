"""The hook that clips the critic's weights through .data is called after the step, when every backward is over: all
gradients are right.
"""

# claim: correct
import torch
from torch import nn

from wgan import WassersteinLoop

torch.manual_seed(0)
gen = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 12))
critic = nn.Sequential(nn.Linear(12, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
loop = WassersteinLoop(critic)
opt_g = torch.optim.RMSprop(gen.parameters(), lr=5e-4)

for it in range(2):
    for _ in range(2):
        c = loop.update(torch.randn(16, 12) + 0.5, gen(torch.randn(16, 5)))
    g_loss = -critic(gen(torch.randn(16, 5))).mean()
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    print(it, c, g_loss.item())
