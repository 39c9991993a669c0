from torch import nn


class QuakeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hear = nn.Conv1d(1, 4, 5)
        self.size = nn.Linear(4, 1)

    def forward(self, waves):
        return self.size(self.hear(waves).abs().mean(-1)).squeeze(-1)
