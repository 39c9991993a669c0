"""A helper of another file is to hold the critic's weights within a bound after each step, and leaves them where they are."""

# claim: prints "within the bound: False"
import torch
from torch import nn

from limits import hold_within

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(5, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
optimizer = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
for _ in range(3):
    real, fake = torch.randn(6, 5) + 1, torch.randn(6, 5)
    optimizer.zero_grad()
    (critic(fake).mean() - critic(real).mean()).backward()
    optimizer.step()
    hold_within(critic, 0.01)
print("within the bound:", critic[0].weight.abs().max().item() <= 0.0101)
