import torch


def to_unit(x):
    """Display range; leaves its argument alone."""
    return x.clone().add_(1).div_(2).clamp_(0, 1)


class Diffusion:
    def __init__(self, steps=30):
        self.betas = torch.linspace(1e-3, 0.1, steps)
        self.abar = torch.cumprod(1 - self.betas, 0)
        self.steps = steps

    def noisy(self, x0, t, eps):
        a = self.abar[t].unsqueeze(1)
        return a.sqrt() * x0 + (1 - a).sqrt() * eps

    @torch.no_grad()
    def sample(self, net, n, dim):
        x = torch.randn(n, dim)
        for k in reversed(range(self.steps)):
            t = torch.full((n,), k)
            x.sub_(self.betas[k] / (1 - self.abar[k]).sqrt() * net(x, t)).div_((1 - self.betas[k]).sqrt())
            x.clamp_(-4, 4)
        return x
