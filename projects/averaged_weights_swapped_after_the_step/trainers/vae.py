import torch.nn.functional as F

from .base import BaseTrainer, EMAMixin


class VAETrainer(EMAMixin, BaseTrainer):
    def __init__(self, model, lr=1e-3, decay=0.9, log_every=2):
        super().__init__(model, lr)
        self.init_ema(decay)
        self.log_every = log_every

    def compute_loss(self, x):
        recon, mu, logvar = self.model(x)
        kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
        return F.mse_loss(recon, x, reduction="sum") / x.size(0) + kl

    def after_round(self, x, loss):
        if self.global_step % self.log_every == 0:
            print(f"{self.global_step}: live {loss.item():.3f} ema {self.evaluate_ema(x):.3f}")

    def after_step(self):
        self.ema_tick()
