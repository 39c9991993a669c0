import torch.nn.functional as F

from base_gan import BaseGAN


class HingeGAN(BaseGAN):
    def d_loss(self, real, fake):
        return F.relu(1 - self.score(real)).mean() + F.relu(1 + self.score(fake.detach())).mean()

    def g_loss(self, fake):
        return -self.score(fake).mean()
