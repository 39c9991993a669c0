import torch
import torch.nn as nn
import torch.nn.functional as F


class Actor(nn.Module):
    def __init__(self, n_obs, n_act, width=32):
        super().__init__()
        self.fc1 = nn.Linear(n_obs, width)
        self.fc2 = nn.Linear(width, n_act)

    def forward(self, obs):
        return torch.tanh(self.fc2(F.elu(self.fc1(obs))))


class Critic(nn.Module):
    def __init__(self, n_obs, n_act, width=32):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs + n_act, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, obs, act):
        return self.body(torch.cat([obs, act], -1)).squeeze(-1)
