import torch
import torch.nn as nn


class HeatField(nn.Module):
    """u(t, x) together with the unknown diffusivity to be identified."""

    def __init__(self, width=20):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )
        self.log_kappa = nn.Parameter(torch.tensor(0.0))

    def forward(self, t, x):
        return self.body(torch.cat([t, x], dim=-1))

    @property
    def kappa(self):
        return self.log_kappa.exp()
