"""The critic's gradients are cleared between the maker's backward and its own."""

# claim: correct
import torch

from faces import Critic, Maker
from game import play

torch.manual_seed(0)
maker, critic = Maker(noise=3, dim=5), Critic(dim=5)
play(maker, critic, torch.randn(3, 16, 5) + 0.5)
