"""The refresh loads the slow networks into the fast ones between forward and backward: backward raises."""

# claim: raises "modified by an inplace operation"
import torch

from qmix.learner import Learner
from qmix.mixing import Mixer

torch.manual_seed(0)
learner = Learner(agents=3, seen=4, moves=2, sync=2)
for it in range(4):
    seen, then = torch.randn(9, 3, 4), torch.randn(9, 3, 4)
    print(it, learner.learn(seen, torch.randint(0, 2, (9, 3)), torch.randn(9), then))  # raises here
