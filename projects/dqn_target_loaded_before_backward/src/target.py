import copy

import torch


class TargetNet:
    def __init__(self, online, every=3, gamma=0.95):
        self.online = online
        self.frozen = copy.deepcopy(online)
        self.every, self.gamma = every, gamma
        self.count = 0

    @torch.no_grad()
    def values(self, r, s2, done):
        best = self.online(s2).argmax(1, keepdim=True)
        nxt = self.frozen(s2).gather(1, best).squeeze(1)
        return r + self.gamma * (1 - done) * nxt

    def tick(self):
        self.count += 1
        if self.count % self.every == 0:
            self.frozen.load_state_dict(self.online.state_dict())
