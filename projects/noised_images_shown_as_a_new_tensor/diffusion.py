import torch

__all__ = ["Schedule", "q_sample"]


class Schedule:
    def __init__(self, steps=50, beta_min=1e-4, beta_max=0.05):
        betas = torch.linspace(beta_min, beta_max, steps)
        self.steps = steps
        self.abar = torch.cumprod(1 - betas, 0)

    def draw(self, n):
        return torch.randint(0, self.steps, (n,))


def q_sample(schedule, x0, t, noise):
    a = schedule.abar[t].view(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise
