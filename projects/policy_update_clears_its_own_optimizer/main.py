"""Each update clears the optimizer that it steps."""

# claim: correct
import torch
from torch import nn

from rl import A2C


class DriftEnv:
    def __init__(self, n):
        self.s = torch.randn(n, 3)

    def step(self, a):
        push = torch.nn.functional.one_hot(a, 3).float() - 0.33
        self.s = 0.9 * self.s + 0.3 * push + 0.05 * torch.randn_like(self.s)
        return self.s, -self.s.square().sum(-1)


torch.manual_seed(0)
mlp = lambda k: nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, k))
agent = A2C(mlp(3), mlp(1), lr_pi=0.05, lr_v=0.05)
for it in range(5):
    env = DriftEnv(8)
    obs, acts, rews = [], [], []
    for t in range(6):
        obs.append(env.s)
        acts.append(agent.act(env.s))
        rews.append(env.step(acts[-1])[1])
    print(it, agent.update(torch.stack(obs), torch.stack(acts), rews))
