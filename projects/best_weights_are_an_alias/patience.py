class EarlyStop:
    """Remembers the weights of the least loss."""

    def __init__(self, model):
        self.model = model
        self.least, self.best = float("inf"), None

    def look(self, loss):
        if loss < self.least:
            self.least = loss
            self.best = self.model.state_dict()  # expect: GRD278

    def go_back(self):
        self.model.load_state_dict(self.best)
