"""The rollout is collected with its graph, and the second epoch goes backward through what the first one freed: it
raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from rlhf.actor import TokenPolicy
from rlhf.settings import Settings
from rlhf.tuner import Tuner

torch.manual_seed(0)
tuner = Tuner(TokenPolicy(tokens=12, dim=8), Settings())
for it in range(2):
    print(it, tuner.round(torch.randint(0, 12, (6, 3))))  # raises here
