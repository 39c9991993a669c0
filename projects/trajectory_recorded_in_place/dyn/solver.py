import torch


class Recorder:
    """Largest and last states, kept for the plot only."""

    def __init__(self, n, dim):
        self.last = torch.zeros(n, dim)
        self.peak = torch.zeros(n, dim)

    def __call__(self, x):
        self.last.copy_(x.detach())
        self.peak.copy_(torch.maximum(self.peak, x.detach().abs()))


def rk4(f, x, t, dt):
    k1 = f(t, x)
    k2 = f(t + dt / 2, x + dt / 2 * k1)
    k3 = f(t + dt / 2, x + dt / 2 * k2)
    k4 = f(t + dt, x + dt * k3)
    incr = k1 + 2 * k2 + 2 * k3 + k4
    incr *= dt / 6
    return x + incr


def solve(f, x0, steps, dt, watch=None):
    out = x0.new_empty(steps + 1, *x0.shape)
    out[0] = x = x0
    for i in range(steps):
        x = rk4(f, x, i * dt, dt)
        out[i + 1] = x
        if watch is not None:
            watch(x)
    return out
