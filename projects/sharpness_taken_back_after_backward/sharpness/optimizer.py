import torch


class SAM:
    """Sharpness-aware minimisation around another optimizer."""

    def __init__(self, params, base, rho=0.05, **options):
        self.params = list(params)
        self.base = base(self.params, **options)
        self.rho = rho
        self.climbed = []

    def zero_grad(self):
        self.base.zero_grad()

    @torch.no_grad()
    def climb(self):
        norm = torch.stack([p.grad.norm() for p in self.params]).norm()
        self.climbed = [p.grad * (self.rho / (norm + 1e-12)) for p in self.params]
        for p, e in zip(self.params, self.climbed):
            p.add_(e)

    @torch.no_grad()
    def take_back(self):
        for p, e in zip(self.params, self.climbed):
            p.sub_(e)

    def step(self):
        self.base.step()
