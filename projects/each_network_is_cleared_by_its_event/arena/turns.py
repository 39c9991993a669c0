import torch
import torch.nn.functional as F

from .handlers import HANDLERS


class Arena:
    def __init__(self, nets, lr):
        self.nets = nets
        self.opts = {k: torch.optim.SGD(n.parameters(), lr=lr) for k, n in nets.items()}
        self.handlers = [h() for h in HANDLERS]

    def tell(self, event, name):
        for h in self.handlers:
            getattr(h, event)(self, name)

    def turn(self, name, loss):
        self.tell("turn_begins", name)
        loss.backward()
        self.opts[name].step()
        self.tell("turn_ends", name)
        return loss.item()

    def round(self, real):
        fake = self.nets["forger"](torch.randn(len(real), 3))
        expert = self.nets["expert"]
        caught = self.turn("expert", F.softplus(-expert(real)).mean() + F.softplus(expert(fake.detach())).mean())
        return caught, self.turn("forger", F.softplus(-expert(fake)).mean())
