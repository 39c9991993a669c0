import torch
from torch.distributions import Categorical

from .core import TwoOptimizerAgent, discounted


class A2C(TwoOptimizerAgent):
    def __init__(self, pi, v, gamma=0.95, beta=0.01, **kw):
        super().__init__(pi, v, **kw)
        self.gamma, self.beta = gamma, beta

    @torch.no_grad()
    def act(self, obs):
        return Categorical(logits=self.pi(obs)).sample()

    def update(self, obs, acts, rewards):
        ret = discounted(rewards, self.gamma)
        value = self.v(obs).squeeze(-1)
        adv = (ret - value).detach()
        dist = Categorical(logits=self.pi(obs))
        pi_loss = -(dist.log_prob(acts) * adv).mean() - self.beta * dist.entropy().mean()
        v_loss = (value - ret).square().mean()
        return {"pi": self.apply("pi", pi_loss), "v": self.apply("v", v_loss)}
