"""Both losses are computed before the first step, and each goes through a network of its own."""

# claim: correct
import torch

from pairwise.team import Team
from pairwise.voices import Voice

torch.manual_seed(0)
team = Team(high=Voice(6), low=Voice(6))
for _ in range(3):
    print(team.rehearse(torch.randn(8, 6)))
high, low = team.nets["high"], team.nets["low"]
