import torch
from torch import nn


class Mixer(nn.Module):
    def __init__(self, agents, state, dim=6):
        super().__init__()
        self.agents, self.dim = agents, dim
        self.w, self.b = nn.Linear(state, agents * dim), nn.Linear(state, dim)
        self.out = nn.Linear(state, dim)

    def forward(self, qs, state):
        w = self.w(state).abs().view(-1, self.agents, self.dim)
        h = torch.nn.functional.elu((qs.unsqueeze(1) @ w).squeeze(1) + self.b(state))
        return (h * self.out(state).abs()).sum(-1)
