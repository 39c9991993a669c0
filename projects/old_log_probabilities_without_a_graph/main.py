"""The rollout is collected under no_grad, and the old log-probabilities have no graph."""

# claim: correct
import torch

import rollouts.buffer as buf
from policy import GaussianPolicy
from ppo import PPOConfig, improve


class Pendulum:
    def __init__(self, n):
        self.state = torch.randn(n, 3)

    def advance(self, torque):
        self.state = 0.95 * self.state + 0.1 * torque + 0.01 * torch.randn_like(self.state)
        return self.state, -self.state.pow(2).sum(-1)


torch.manual_seed(0)
cfg = PPOConfig()
pi = GaussianPolicy(3, 1)
adam = torch.optim.Adam(pi.parameters(), lr=cfg.lr)
for it in range(cfg.iterations):
    batch = buf.collect(pi, Pendulum(cfg.workers), cfg.horizon)
    print(it, improve(pi, adam, batch, cfg))
