import torch
from torch import nn

from . import register
from .base import BaseAgent


class Critic(nn.Module):
    def __init__(self, obs, act):
        super().__init__()
        self.q = nn.Sequential(nn.Linear(obs + act, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, s, a):
        return self.q(torch.cat([s, a], -1)).squeeze(-1)


@register("ddpg")
class DDPG(BaseAgent):
    def __init__(self, obs_dim, act_dim, gamma=0.98, lr=1e-3):
        super().__init__()
        self.gamma = gamma
        self.add_network("critic", Critic(obs_dim, act_dim), lr)
        self.add_network(
            "actor", nn.Sequential(nn.Linear(obs_dim, 32), nn.ReLU(), nn.Linear(32, act_dim), nn.Tanh()), lr
        )

    def losses(self, batch):
        s, a, r, s2, done = batch
        with torch.no_grad():
            backup = r + self.gamma * (1 - done) * self.critic_target(s2, self.actor_target(s2))
        td = (self.critic(s, a) - backup).square().mean()
        return {"critic": td, "actor": -self.critic(s, self.actor(s)).mean()}
