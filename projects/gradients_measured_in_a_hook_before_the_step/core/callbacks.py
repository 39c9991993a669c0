class Meter:
    def __init__(self):
        self.values = []

    def push(self, v):
        self.values.append(v.item())

    @property
    def mean(self):
        return sum(self.values) / max(len(self.values), 1)
