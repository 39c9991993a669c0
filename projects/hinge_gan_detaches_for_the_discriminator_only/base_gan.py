import torch


class BaseGAN:
    nz = 12

    def __init__(self, gen, disc, lr=1e-3):
        self.gen, self.disc = gen, disc
        self.opt_g = torch.optim.Adam(gen.parameters(), lr=lr, betas=(0.5, 0.9))
        self.opt_d = torch.optim.Adam(disc.parameters(), lr=lr, betas=(0.5, 0.9))

    def sample(self, n):
        return self.gen(torch.randn(n, self.nz))

    def score(self, images):
        return self.disc(images).view(-1)

    def d_loss(self, real, fake):
        raise NotImplementedError

    def g_loss(self, fake):
        raise NotImplementedError

    def step(self, real):
        ld = self.d_loss(real, self.sample(real.size(0)))
        self.opt_d.zero_grad()
        ld.backward()
        self.opt_d.step()

        lg = self.g_loss(self.sample(real.size(0)))
        self.opt_g.zero_grad()
        lg.backward()
        self.opt_g.step()
        return ld.item(), lg.item()
