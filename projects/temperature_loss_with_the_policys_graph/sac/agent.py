import copy

import torch

from .nets import Squashed, TwinQ


class SoftActorCritic:
    def __init__(self, n_obs, n_act, gamma=0.97, lr=1e-3):
        self.pi, self.q = Squashed(n_obs, n_act), TwinQ(n_obs, n_act)
        self.q_slow = copy.deepcopy(self.q).requires_grad_(False)
        self.log_alpha = torch.zeros(1, requires_grad=True)
        self.wanted, self.gamma = -float(n_act), gamma
        self.pi_opt = torch.optim.Adam(self.pi.parameters(), lr=lr)
        self.q_opt = torch.optim.Adam(self.q.parameters(), lr=lr)
        self.alpha_opt = torch.optim.Adam([self.log_alpha], lr=lr)

    def descend(self, optimizer, loss):
        optimizer.zero_grad()
        loss.backward()  # expect: GRD152
        optimizer.step()
        return loss.item()

    def update(self, s, a, r, s2):
        alpha = self.log_alpha.exp().detach()
        with torch.no_grad():
            a2, logp2 = self.pi(s2)
            goal = r + self.gamma * (torch.min(*self.q_slow(s2, a2)) - alpha * logp2)
        lq = self.descend(self.q_opt, sum((q - goal).pow(2).mean() for q in self.q(s, a)))
        act, logp = self.pi(s)
        lp = self.descend(self.pi_opt, (alpha * logp - torch.min(*self.q(s, act))).mean())
        la = self.descend(self.alpha_opt, -(self.log_alpha * (logp + self.wanted)).mean())
        for slow, fast in zip(self.q_slow.parameters(), self.q.parameters()):
            slow.data.lerp_(fast.data, 0.01)
        return lq, lp, la
