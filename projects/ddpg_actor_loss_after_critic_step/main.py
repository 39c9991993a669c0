"""The actor's loss is computed through the critic as it is after its step."""

# claim: correct
import torch

from src.agent import DDPG

torch.manual_seed(0)
agent = DDPG()
for _ in range(3):
    batch = torch.randn(24, 5), torch.randn(24, 2).tanh(), torch.randn(24), torch.randn(24, 5)
    losses = agent.learn(*batch)
print([x.item() for x in losses])
