import torch

from .base import Base


class Cycle(Base):
    def __init__(self, gen, dis):
        self.gen, self.dis = gen, dis
        self.opt_g = torch.optim.Adam(gen.parameters(), lr=1e-3)
        self.opt_d = torch.optim.Adam(dis.parameters(), lr=1e-3)

    def forward(self, a):
        self.fake = self.gen(a)

    def backward_d(self, real):
        loss = (self.dis(self.fake.detach()).pow(2) + (self.dis(real) - 1).pow(2)).mean()
        loss.backward()
        self.loss_d = loss

    def backward_g(self):
        self.loss_g = (self.dis(self.fake) - 1).pow(2).mean()
        self.loss_g.backward()

    def optimise(self, a, b):
        self.forward(a)
        self.set_requires_grad([self.dis], False)
        self.opt_g.zero_grad()
        self.backward_g()
        self.opt_g.step()
        self.set_requires_grad([self.dis], True)
        self.opt_d.zero_grad()
        self.backward_d(b)
        self.opt_d.step()
        return self.loss_g.item(), self.loss_d.item()
