"""The speed stays a tensor in the residual, the monitor retains the graph, and the clamp comes after the step."""

# claim: correct
import torch

import equations
import monitor
from field import WaveField


def batch(n):
    t = torch.randn(n, 1).abs().requires_grad_()
    x = torch.randn(n, 1).requires_grad_()
    return t, x


def main():
    torch.manual_seed(0)
    field = WaveField()
    opt = torch.optim.Adam(field.parameters(), lr=2e-3)
    for it in range(6):
        t, x = batch(48)
        with torch.no_grad():
            observed = torch.sin(x - t)
        terms = {
            "pde": equations.wave(field, t, x).square().mean(),
            "data": (field(t, x) - observed).square().mean(),
        }
        norms = monitor.term_norms(terms, list(field.parameters()))
        loss = sum(terms.values())
        opt.zero_grad()
        loss.backward()
        opt.step()
        monitor.clamp_speed(field)
        print(it, loss.item(), norms, float(field.speed))
    return field


if __name__ == "__main__":
    field = main()
