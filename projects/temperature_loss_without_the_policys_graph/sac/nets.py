import torch
from torch import nn
from torch.distributions import Normal


class Squashed(nn.Module):
    def __init__(self, n_obs, n_act, width=20):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs, width), nn.ReLU())
        self.mu, self.log_sigma = nn.Linear(width, n_act), nn.Linear(width, n_act)

    def forward(self, s):
        h = self.body(s)
        dist = Normal(self.mu(h), self.log_sigma(h).clamp(-4, 1).exp())
        raw = dist.rsample()
        act = raw.tanh()
        return act, (dist.log_prob(raw) - (1 - act.pow(2) + 1e-6).log()).sum(-1)


class TwinQ(nn.Module):
    def __init__(self, n_obs, n_act, width=20):
        super().__init__()
        self.q1, self.q2 = (
            nn.Sequential(nn.Linear(n_obs + n_act, width), nn.ReLU(), nn.Linear(width, 1)) for _ in range(2)
        )

    def forward(self, s, a):
        both = torch.cat([s, a], -1)
        return self.q1(both).squeeze(-1), self.q2(both).squeeze(-1)
