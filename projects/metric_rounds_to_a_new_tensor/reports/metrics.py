class Accuracy:
    def __init__(self):
        self.right, self.seen = 0, 0

    def update(self, out, labels):
        guess = out.prob.detach().round()
        self.right += (guess == labels).sum().item()
        self.seen += len(labels)

    def value(self):
        return self.right / self.seen
