import copy

import torch


def reward(ids):
    return (ids[:, 1:] == (ids[:, :-1] + 1) % 12).float()


class Tuner:
    def __init__(self, actor, s):
        self.actor, self.s = actor, s
        self.reference = copy.deepcopy(actor).eval().requires_grad_(False)
        self.opt = torch.optim.Adam(actor.parameters(), lr=s.lr)

    def collect(self, prompts):
        ids = self.actor.generate(prompts, self.s.length)
        old, worth = self.actor.logp(ids)
        ref, _ = self.reference.logp(ids)
        gain = reward(ids) - self.s.pull * (old - ref)
        ret = gain.flip(1).cumsum(1).flip(1)
        return ids, old, ret, ret - worth

    def round(self, prompts):
        ids, old, ret, adv = self.collect(prompts)
        adv = (adv - adv.mean()) / (adv.std() + 1e-6)
        for _ in range(self.s.epochs):
            new, worth = self.actor.logp(ids)
            ratio = (new - old).exp()
            policy = -torch.min(ratio * adv, ratio.clamp(1 - self.s.clip, 1 + self.s.clip) * adv).mean()
            loss = policy + 0.5 * (worth - ret).pow(2).mean()
            self.opt.zero_grad()
            loss.backward()  # expect: GRD152
            self.opt.step()
        return loss.item()
