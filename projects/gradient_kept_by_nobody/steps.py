class Accumulator:
    def __init__(self, optimizer, every):
        self.optimizer, self.every, self.seen = optimizer, every, 0

    def add(self, loss, keep=False):
        (loss / self.every).backward(retain_graph=keep)  # expect: GRD152

    def tick(self):
        self.seen += 1
        if self.seen % self.every == 0:
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            print(self.seen)
