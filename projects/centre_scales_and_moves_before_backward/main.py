"""The students are scaled by the centre too, and the centre moves in place when that product has saved it: backward
raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from dino.crops import crops
from dino.learner import Learner

torch.manual_seed(0)
learner = Learner(dim=10, prototypes=6)
for it in range(4):
    print(it, learner.learn(crops(torch.randn(12, 10), k=3)))  # raises here
