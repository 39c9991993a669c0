"""The average of the weights goes into a copy after the step, the samples are made in place under no_grad, and the
picture is a clone.
"""

# claim: correct
import torch

from ddpm import EMA, Diffusion, NoiseMLP
from ddpm.process import to_unit


def main():
    torch.manual_seed(0)
    diff, net = Diffusion(), NoiseMLP(4)
    ema = EMA(net)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for it in range(5):
        x0, eps = torch.randn(32, 4) * 0.5 + 1, torch.randn(32, 4)
        t = torch.randint(0, diff.steps, (32,))
        xt = diff.noisy(x0, t, eps)
        loss = (net(xt, t) - eps).square().mean()
        shown = to_unit(xt).mean().item()
        opt.zero_grad()
        loss.backward()
        opt.step()
        ema.update(net)
        print(it, loss.item(), shown)
    print(diff.sample(ema.shadow, 8, 4).mean(0))
    return net


if __name__ == "__main__":
    net = main()
