"""The mixing network's target and its agents' are loaded under no_grad between forward and backward."""

# claim: correct
import torch

from qmix.learner import Learner
from qmix.mixing import Mixer

torch.manual_seed(0)
learner = Learner(agents=3, seen=4, moves=2, sync=2)
for it in range(4):
    seen, then = torch.randn(9, 3, 4), torch.randn(9, 3, 4)
    print(it, learner.learn(seen, torch.randint(0, 2, (9, 3)), torch.randn(9), then))
