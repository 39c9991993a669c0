import torch

from base_trainer import BaseTrainer


class CriticTrainer(BaseTrainer):
    def __init__(self, net, gen, optimizer, clip=0.05):
        super().__init__(net, optimizer)
        self.gen = gen
        self.clip = clip

    def compute_loss(self, real):
        with torch.no_grad():
            fake = self.gen(torch.randn(real.size(0), 8))
        return self.net(fake).mean() - self.net(real).mean()

    def after_forward(self):
        # Lipschitz constraint of the WGAN paper
        for p in self.net.parameters():
            p.data.clamp_(-self.clip, self.clip)  # expect: GRD214
