"""The critic is frozen for the actor's turn after its own forward and before its backward, and its gradient is silently
dropped.
"""

# claim: none-grad duel.judge.last.weight, duel.judge.first.weight
import torch

from config import FREEZE_JUDGE, ROUNDS
from duel import Duel

torch.manual_seed(0)
duel = Duel(width=10)
for k in range(ROUNDS):
    print(k, duel.round(torch.randn(14, 4), FREEZE_JUDGE))
