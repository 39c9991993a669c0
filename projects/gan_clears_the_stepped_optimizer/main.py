"""The gradients of the network that is stepped are cleared before its loss goes backward."""

# claim: correct
import torch

import adversaries
import utils


def train(rounds=2):
    G = adversaries.make_generator()
    D = adversaries.make_discriminator()
    optG = torch.optim.SGD(G.parameters(), lr=0.02)
    optD = torch.optim.SGD(D.parameters(), lr=0.02)
    for k in range(rounds):
        real = torch.randn(16, 10) * 0.5 + 1
        fake = G(utils.latent(16))
        lossD = (D(real) - 1).pow(2).mean() + D(fake.detach()).pow(2).mean()
        a = utils.step_on(lossD, optD, clear=optD)
        lossG = (D(fake) - 1).pow(2).mean()
        b = utils.step_on(lossG, optG, clear=optG)
        print(k, f"{a:.3f} {b:.3f}")
    return G, D


if __name__ == "__main__":
    torch.manual_seed(0)
    G, D = train()
