import torch


class Perturbed:
    def __init__(self, net, size):
        self.net, self.size, self.added = net, size, []

    def add(self):
        self.added = []
        for p in self.net.parameters():
            noise = self.size * p.detach().norm() * torch.randn_like(p)
            p.data.add_(noise)
            self.added.append(noise)

    def take_away(self):
        for p, noise in zip(self.net.parameters(), self.added):
            p.data.sub_(noise)  # expect: GRD114
