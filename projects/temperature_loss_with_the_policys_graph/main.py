"""The temperature's loss keeps the graph of the log-probabilities, which the policy's backward has freed: its own
raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from sac import agent as agents
from sac.replay import sample

torch.manual_seed(0)
hopper = agents.SoftActorCritic(n_obs=4, n_act=2)
for it in range(3):
    print(it, hopper.update(*sample(20)))  # raises here
