"""The residual takes the diffusivity as a float, so the parameter that is to be identified never gets a gradient."""

# claim: none-grad heated.log_kappa
import torch

import equations
import field as fields


def sample(n):
    t = torch.randn(n, 1).abs().requires_grad_()
    x = torch.randn(n, 1).sigmoid().requires_grad_()
    return t, x


def observe(n):
    t, x = torch.randn(n, 1).abs(), torch.randn(n, 1).sigmoid()
    return t, x, torch.exp(-0.3 * t) * torch.sin(3.14 * x)


def main():
    torch.manual_seed(0)
    field = fields.HeatField()
    opt = torch.optim.Adam(field.parameters(), lr=5e-3)
    for it in range(10):
        t, x = sample(64)
        residual = equations.heat(field, t, x)
        to, xo, uo = observe(32)
        loss = residual.square().mean() + (field(to, xo) - uo).square().mean()
        loss = loss + equations.boundary(field, t.detach()).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("loss", loss.item(), "identified kappa", field.kappa.item())
    return field


if __name__ == "__main__":
    heated = main()
