class RunningBaseline:
    def __init__(self, momentum=0.9):
        self.momentum = momentum
        self.level = 0.0

    def update(self, values):
        self.level = self.momentum * self.level + (1 - self.momentum) * values.mean().item()
        return self.level


def discount(rewards, gamma):
    out, acc = [], 0.0
    for r in reversed(rewards):
        acc = r + gamma * acc
        out.append(acc)
    return out[::-1]
