import torch
from torch import nn
from torch.distributions import Categorical


class PolicyValue(nn.Module):
    def __init__(self, n_obs=4, n_act=3):
        super().__init__()
        self.trunk = nn.Linear(n_obs, 24)
        self.pi = nn.Linear(24, n_act)
        self.v = nn.Linear(24, 1)

    def forward(self, obs):
        z = torch.tanh(self.trunk(obs))
        return Categorical(logits=self.pi(z)), self.v(z).squeeze(-1)
