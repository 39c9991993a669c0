from torch import nn


class WoolNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.card, self.spin = nn.Linear(3, 6), nn.Linear(6, 1)

    def forward(self, fleece):
        return self.spin(self.card(fleece).tanh())
