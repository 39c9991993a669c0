class Loop:
    def __init__(self, net, optimizer, criterion):
        self.net, self.optimizer, self.criterion = net, optimizer, criterion
        self.callbacks, self.seen = [], 0

    def add(self, callback):
        self.callbacks.append(callback)

    def batch(self, leaf, label):
        loss = self.criterion(self.net(leaf), label)
        for cb in self.callbacks:
            cb.loss_ready(self, loss)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.seen += 1
        for cb in self.callbacks:
            cb.step_done(self)
