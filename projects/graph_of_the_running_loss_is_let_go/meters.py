class Meter:
    def __init__(self):
        self.total, self.n = 0.0, 0

    def __call__(self, loss):
        self.total = self.total + loss.detach()
        self.n += 1
        return loss

    def mean(self):
        return float(self.total) / self.n
