import copy

import torch


class EMAMixin:
    """Running average of the weights which can be swapped in for evaluation."""

    def init_ema(self, decay):
        self.decay = decay
        self.shadow = copy.deepcopy(self.model.state_dict())

    @torch.no_grad()
    def ema_tick(self):
        for k, v in self.model.state_dict().items():
            self.shadow[k].lerp_(v, 1 - self.decay)

    @torch.no_grad()
    def evaluate_ema(self, x):
        live = copy.deepcopy(self.model.state_dict())
        self.model.load_state_dict(self.shadow)
        value = self.compute_loss(x).item()
        self.model.load_state_dict(live)
        return value


class BaseTrainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.global_step = 0

    def compute_loss(self, x):
        raise NotImplementedError

    def after_round(self, x, loss):
        pass

    def after_step(self):
        pass

    def fit(self, batches):
        for x in batches:
            loss = self.compute_loss(x)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.global_step += 1
            self.after_step()
            self.after_round(x, loss)
