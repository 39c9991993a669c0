"""The reference is a frozen copy, the old log-probabilities are collected under no_grad, and every epoch makes its own
graph.
"""

# claim: correct
import torch

from rlhf.actor import TokenPolicy
from rlhf.settings import Settings
from rlhf.tuner import Tuner

torch.manual_seed(0)
tuner = Tuner(TokenPolicy(tokens=12, dim=8), Settings())
for it in range(2):
    print(it, tuner.round(torch.randint(0, 12, (6, 3))))
