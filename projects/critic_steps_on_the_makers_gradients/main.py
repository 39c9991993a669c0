"""The maker's loss goes backward through the critic too, and what it leaves there is in the critic's next step."""

# claim: grad critic.fc2.bias [-0.3739]
import torch

from faces import Critic, Maker
from game import play

torch.manual_seed(0)
maker, critic = Maker(noise=3, dim=5), Critic(dim=5)
play(maker, critic, torch.randn(3, 16, 5) + 0.5)
