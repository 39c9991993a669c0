"""The actor's loss is computed through the critic, whose step then moves the weights in place that this loss saved: its
backward raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from src.agent import DDPG

torch.manual_seed(0)
agent = DDPG()
for _ in range(3):
    batch = torch.randn(24, 5), torch.randn(24, 2).tanh(), torch.randn(24), torch.randn(24, 5)
    losses = agent.learn(*batch)  # raises here
print([x.item() for x in losses])
