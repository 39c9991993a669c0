import torch
import torch.nn.functional as F

from .qnets import Dueling


class Agent:
    def __init__(self, obs, actions, gamma=0.97, sync_every=2, lr=1e-3):
        self.q, self.frozen = Dueling(obs, actions), Dueling(obs, actions)
        self.refresh()
        self.gamma, self.sync_every, self.t = gamma, sync_every, 0
        self.opt = torch.optim.Adam(self.q.parameters(), lr=lr)

    def refresh(self):
        self.frozen.load_state_dict(self.q.state_dict())

    @torch.no_grad()
    def targets(self, r, s2, done):
        best = self.q(s2).argmax(-1, keepdim=True)
        return r + self.gamma * (1 - done) * self.frozen(s2).gather(1, best).squeeze(1)

    def learn(self, s, a, r, s2, done):
        chosen = self.q(s).gather(1, a[:, None]).squeeze(1)
        loss = F.smooth_l1_loss(chosen, self.targets(r, s2, done))
        self.t += 1
        if self.t % self.sync_every == 0:
            self.refresh()
        self.opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(self.q.parameters(), 0.5)
        self.opt.step()
        return loss.item()
