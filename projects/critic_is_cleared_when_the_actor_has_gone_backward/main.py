"""What the actor's loss leaves in the critic is cleared before the actor's own step."""

# claim: correct
import torch

from court.players import mlp
from court.rally import rally

torch.manual_seed(0)
actor, critic = mlp(4, 2), mlp(6, 1)
opts = torch.optim.Adam(actor.parameters(), lr=1e-2), torch.optim.Adam(critic.parameters(), lr=1e-2)
for _ in range(3):
    print(rally(actor, critic, opts, torch.randn(9, 4), torch.randn(9, 2), torch.randn(9)))
