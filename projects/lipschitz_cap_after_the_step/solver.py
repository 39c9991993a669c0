import torch
import torch.nn as nn

import constraints
import physics


class Solver:
    def __init__(self, width=24, lr=1e-3, limit=1.5):
        self.net = nn.Sequential(
            nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.limit = limit

    def losses(self, n):
        t, x = torch.randn(n, 1).abs(), torch.randn(n, 1)
        pde = physics.burgers_residual(self.net, t, x).pow(2).mean()
        x0 = torch.randn(n, 1)
        start = self.net(torch.cat([torch.zeros_like(x0), x0], 1))
        return pde, (start - physics.initial_condition(x0)).pow(2).mean()

    def step(self, n=64):
        pde, ic = self.losses(n)
        total = pde + 10 * ic
        self.opt.zero_grad()
        total.backward()
        constraints.clip(self.net)
        self.opt.step()
        constraints.cap_lipschitz(self.net, self.limit)
        return total.item()
