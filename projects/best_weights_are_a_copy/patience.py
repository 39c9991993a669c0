class EarlyStop:
    """Remembers the weights of the least loss."""

    def __init__(self, model):
        self.model = model
        self.least, self.best = float("inf"), None

    def look(self, loss):
        if loss < self.least:
            self.least = loss
            self.best = {k: v.clone() for k, v in self.model.state_dict().items()}

    def go_back(self):
        self.model.load_state_dict(self.best)
