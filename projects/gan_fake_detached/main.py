"""The discriminator's loss detaches the fake, so the generator's graph is whole when its loss, computed after the
discriminator's step, goes backward.
"""

# claim: correct
import torch

from dcgan import objective
from dcgan.pair import Discriminator, Generator

torch.manual_seed(0)
gen, disc = Generator(), Discriminator()
g_opt = torch.optim.Adam(gen.parameters(), lr=2e-4, betas=(0.5, 0.999))
d_opt = torch.optim.Adam(disc.parameters(), lr=2e-4, betas=(0.5, 0.999))

for it in range(2):
    real = torch.randn(6, 3, 8, 8).clamp(-1, 1)
    fake = gen(torch.randn(6, gen.nz))

    d_opt.zero_grad()
    d_loss = objective.d_objective(disc, real, fake)
    d_loss.backward()
    d_opt.step()

    g_opt.zero_grad()
    g_loss = objective.g_objective(disc, fake)
    g_loss.backward()
    g_opt.step()
    print(it, d_loss.item(), g_loss.item())
