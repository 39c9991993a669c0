import torch.nn as nn

from base import BaseTrainer


class ForecastTrainer(BaseTrainer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.criterion = nn.SmoothL1Loss()

    def step(self, x, y):
        pred, state = self.model(x, self.state)
        self.keep_state(state)
        loss = self.criterion(pred, y)
        self.optimizer.zero_grad()
        loss.backward()  # expect: GRD152
        nn.utils.clip_grad_norm_(self.model.parameters(), self.grad_clip)
        self.optimizer.step()
        return loss.item()
