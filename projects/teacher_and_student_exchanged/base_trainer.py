import torch


class BaseTrainer:
    def __init__(self, args):
        self.args = args
        self.history = []

    def fit(self, loader):
        for epoch in range(self.args.epochs):
            for views in loader:
                self.history.append(self.train_step(*views))
            print("epoch", epoch, "loss", round(self.history[-1], 4))

    def train_step(self, *views):
        raise NotImplementedError

    def ema_update(self, source, dest):
        """dest <- m * dest + (1 - m) * source"""
        m = self.args.momentum
        for s, d in zip(source.parameters(), dest.parameters()):
            d.data.mul_(m).add_(s.data, alpha=1 - m)  # expect: GRD114
