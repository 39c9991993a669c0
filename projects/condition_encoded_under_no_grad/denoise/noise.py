import torch


class CosineNoise:
    def alpha_bar(self, t):
        return torch.cos(t * torch.pi / 2) ** 2

    def corrupt(self, x0, t, eps):
        a = self.alpha_bar(t)[:, None]
        return a.sqrt() * x0 + (1 - a).sqrt() * eps
