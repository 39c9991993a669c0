import torch


class Observer(torch.nn.Module):
    def __init__(self, bits=4, pace=0.7):
        super().__init__()
        self.levels, self.pace = 2**bits - 1, pace
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.ones(()))

    @torch.no_grad()
    def look(self, x):
        self.low.lerp_(x.min(), 1 - self.pace)
        self.high.lerp_(x.max(), 1 - self.pace)  # todo-expect: GRD141

    def forward(self, x):
        if self.training:
            self.look(x)
        scale = (self.high - self.low).clamp(min=1e-6) / self.levels
        hard = ((x - self.low) / scale).round().clamp(0, self.levels) * scale + self.low
        return (x + (hard - x).detach()) / self.high
