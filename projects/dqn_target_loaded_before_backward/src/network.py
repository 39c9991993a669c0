from torch import nn


class DuelingQ(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs, 32), nn.ReLU())
        self.v = nn.Linear(32, 1)
        self.a = nn.Linear(32, n_act)

    def forward(self, s):
        h = self.body(s)
        adv = self.a(h)
        return self.v(h) + adv - adv.mean(1, keepdim=True)
