import torch
import torch.nn.functional as F

from .nets import Policy, QFunction
from .updates import apply


class DDPG:
    def __init__(self, obs_dim=5, act_dim=2, gamma=0.98):
        self.policy = Policy(obs_dim, act_dim)
        self.q = QFunction(obs_dim, act_dim)
        self.policy_opt = torch.optim.Adam(self.policy.parameters(), lr=1e-3)
        self.q_opt = torch.optim.Adam(self.q.parameters(), lr=1e-3)
        self.gamma = gamma

    def learn(self, o, a, r, o2):
        with torch.no_grad():
            y = r + self.gamma * self.q(o2, self.policy(o2))
        q_loss = F.mse_loss(self.q(o, a), y)
        lq = apply(self.q_opt, q_loss)
        pi_loss = -self.q(o, self.policy(o)).mean()
        lp = apply(self.policy_opt, pi_loss)
        return lq, lp
