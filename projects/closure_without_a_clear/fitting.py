class Fitter:
    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer

    def objective(self, energy, counts):
        return (self.model(energy) - counts).pow(2).mean()

    def step(self, energy, counts):
        def closure():
            loss = self.objective(energy, counts)
            loss.backward()  # todo-expect: GRD274
            return loss

        return self.optimizer.step(closure).item()
