import torch
import torch.nn.functional as F

from base_gan import BaseGAN


class SeriesGAN(BaseGAN):
    def iteration(self, real):
        z = torch.randn(real.size(0), real.size(1), 4)
        fake = self.nets["gen"](z)
        critic = self.nets["critic"]
        d = F.softplus(-critic(real)).mean() + F.softplus(critic(fake.detach())).mean()
        d = self.apply(d, "critic")
        g = self.apply(F.softplus(-critic(fake)).mean(), "gen")
        return d, g
