"""Each forward turns the singular vector through .data, and the critic runs twice before backward: the first run's
saved vector is overwritten, and the gradients are silently wrong.
"""

# claim: wrong-gradient critic.last.weight, critic.first.weight
import torch

from critics import TrafficCritic

torch.manual_seed(0)
critic = TrafficCritic(lanes=8)
opt = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
for step in range(3):
    measured = torch.randn(16, 8)
    simulated = 0.3 * torch.randn(16, 8) - 0.5
    gap = critic(simulated).mean() - critic(measured).mean()
    opt.zero_grad()
    gap.backward()
    opt.step()
    print(step, gap.item())
