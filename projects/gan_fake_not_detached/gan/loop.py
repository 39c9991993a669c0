import torch

from . import losses
from .nets import Discriminator, Generator


def train(data, steps):
    gen, disc = Generator(), Discriminator()
    opt_g = torch.optim.Adam(gen.parameters(), lr=2e-4)
    opt_d = torch.optim.Adam(disc.parameters(), lr=2e-4)
    for i in range(steps):
        real = data[i % len(data)]
        fake = gen(torch.randn(len(real), 10))

        opt_d.zero_grad()
        loss_d = losses.discriminator_loss(disc, real, fake)
        loss_d.backward()
        opt_d.step()

        opt_g.zero_grad()
        loss_g = losses.generator_loss(disc, fake)
        loss_g.backward()  # expect: GRD152
        opt_g.step()
    return loss_d.item(), loss_g.item()
