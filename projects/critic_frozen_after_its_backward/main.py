"""The critic is frozen for the actor's turn when its own backward and step are done."""

# claim: correct
import torch

from config import FREEZE_JUDGE, ROUNDS
from duel import Duel

torch.manual_seed(0)
duel = Duel(width=10)
for k in range(ROUNDS):
    print(k, duel.round(torch.randn(14, 4), FREEZE_JUDGE))
