"""The temperature's loss takes the log-probabilities detached."""

# claim: correct
import torch

from sac import agent as agents
from sac.replay import sample

torch.manual_seed(0)
hopper = agents.SoftActorCritic(n_obs=4, n_act=2)
for it in range(3):
    print(it, hopper.update(*sample(20)))
