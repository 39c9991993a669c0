from abc import ABC, abstractmethod


class Core(ABC):
    def __init__(self, net, opt):
        self.net, self.opt = net, opt

    @abstractmethod
    def loss(self, x): ...

    def graded(self):
        """Called when the gradients are there."""

    def stepped(self):
        """Called when they have been used."""

    def go(self, batches):
        for x in batches:
            loss = self.loss(x)
            loss.backward()
            self.graded()
            self.opt.step()
            self.stepped()
            print(loss.item())
