"""The teacher's centre and weights move in place between forward and backward, and no graph has saved them."""

# claim: correct
import torch

from dino.crops import crops
from dino.learner import Learner

torch.manual_seed(0)
learner = Learner(dim=10, prototypes=6)
for it in range(4):
    print(it, learner.learn(crops(torch.randn(12, 10), k=3)))
