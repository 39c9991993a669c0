"""The Euler step adds to the state in place, which plant and policy have saved: backward raises."""

# claim: raises "modified by an inplace operation"
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))

import torch
from odectl import LearnedPlant, Policy, rollout


def train(steps=5, dim=4, act=2):
    torch.manual_seed(0)
    plant, policy = LearnedPlant(dim, act), Policy(dim, act)
    params = [*plant.parameters(), *policy.parameters()]
    opt = torch.optim.RMSprop(params, lr=1e-3)
    goal = torch.zeros(dim)
    for i in range(steps):
        start = torch.randn(16, dim)
        final, energy = rollout(plant, policy, start, horizon=8, dt=0.1)
        cost = (final - goal).square().sum(-1).mean() + 0.01 * energy
        opt.zero_grad()
        cost.backward()  # raises here
        opt.step()
        print(i, cost.item())
    return policy


last = train()
