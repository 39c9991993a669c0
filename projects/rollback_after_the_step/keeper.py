import copy
import math


class BestKeeper:
    """Goes back to the best weights when the loss blows up."""

    def __init__(self, tolerance=1.02):
        self.tolerance = tolerance
        self.best = math.inf
        self.weights = None

    def check(self, model, value):
        if value < self.best:
            self.best = value
            self.weights = copy.deepcopy(model.state_dict())
        elif value > self.best * self.tolerance:
            model.load_state_dict(self.weights)
            return True
        return False
