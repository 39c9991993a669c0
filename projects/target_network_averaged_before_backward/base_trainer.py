class BaseTrainer:
    def __init__(self, args):
        self.args = args

    def fit(self, loader):
        for epoch in range(self.args.epochs):
            total = sum(self.train_step(*views) for views in loader)
            print("epoch", epoch, total / len(loader))

    def ema_update(self, source, dest):
        """dest <- m * dest + (1 - m) * source"""
        m = self.args.momentum
        for s, d in zip(source.parameters(), dest.parameters()):
            d.data.mul_(m).add_(s.data, alpha=1 - m)
