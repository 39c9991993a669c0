from torch import nn


class HeatNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.out = nn.Linear(12, 6), nn.Linear(6, 1)

    def forward(self, months):
        return self.out(self.stem(months).sin())
