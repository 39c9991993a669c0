class BaseTrainer:
    """Loop shared by every experiment of this repository."""

    def __init__(self, net, optimizer):
        self.net = net
        self.optimizer = optimizer
        self.history = []

    def compute_loss(self, batch):
        raise NotImplementedError

    def after_forward(self):
        pass

    def fit(self, batches):
        for batch in batches:
            self.optimizer.zero_grad()
            loss = self.compute_loss(batch)
            self.after_forward()
            loss.backward()
            self.optimizer.step()
            self.history.append(loss.item())
        return self.history
