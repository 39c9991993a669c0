import torch


class GaussianExplorer:
    def __init__(self, sigma=0.4, decay=0.99):
        self.sigma = sigma
        self.decay = decay

    def perturb(self, act):
        eps = torch.randn(act.shape) * self.sigma
        self.sigma *= self.decay
        act.data.add_(eps).clamp_(-1.0, 1.0)  # expect: GRD111
        return act
