from torch import nn


class PondNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.algae, self.oxygen = nn.Linear(4, 7), nn.Linear(7, 1), nn.Linear(7, 1)

    def forward(self, water):
        h = self.body(water).tanh()
        return self.algae(h), self.oxygen(h)
