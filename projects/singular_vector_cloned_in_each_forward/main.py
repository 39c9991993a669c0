"""Each forward computes with a clone of the singular vector."""

# claim: correct
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
