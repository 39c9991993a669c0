"""The low voice's loss goes through the high voice as well, whose step has then moved what it saved: its backward
raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from pairwise.team import Team
from pairwise.voices import Voice

torch.manual_seed(0)
team = Team(high=Voice(6), low=Voice(6))
for _ in range(3):
    print(team.rehearse(torch.randn(8, 6)))  # raises here
high, low = team.nets["high"], team.nets["low"]
