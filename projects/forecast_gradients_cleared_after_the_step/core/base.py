import torch


class BaseTrainer:
    """Training loop with hooks for the subclasses."""

    def __init__(self, model, lr, clip):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.clip = clip
        self.log = []

    def before_step(self):
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.log.append(norm.item())

    def after_step(self, loss):
        self.optimizer.zero_grad()
        print(f"loss {loss:.4f} grad {self.log[-1]:.3f}")

    def fit(self, loader, epochs):
        for _ in range(epochs):
            for batch in loader:
                self.after_step(self.train_step(batch))
