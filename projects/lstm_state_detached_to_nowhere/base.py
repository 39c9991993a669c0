class BaseTrainer:
    def __init__(self, model, optimizer, grad_clip=1.0):
        self.model = model
        self.optimizer = optimizer
        self.grad_clip = grad_clip
        self.state = None

    def run(self, chunks):
        for i, (x, y) in enumerate(chunks):
            loss = self.step(x, y)
            print(f"chunk {i}: {loss:.4f}")

    def keep_state(self, state):
        """Carry the recurrent state over to the next chunk."""
        if isinstance(state, tuple):
            for s in state:
                s.detach()  # expect: GRD162
            self.state = state
        else:
            self.state = state.detach()
