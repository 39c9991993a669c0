class Meter:
    def __init__(self):
        self.total, self.n = 0.0, 0

    def __call__(self, loss):
        self.total = self.total + loss
        self.n += 1
        return self.total

    def mean(self):
        return float(self.total) / self.n
