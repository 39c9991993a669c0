"""The trainer is a dataclass, and its bound is put on the weights after the step."""

# claim: correct
import torch

from barn.data import milk
from barn.trainer import Trainer
from barn.net import CowNet

torch.manual_seed(0)
run = Trainer(CowNet(), lr=0.1)
for cows in milk(3):
    print(run.fit(*cows))
