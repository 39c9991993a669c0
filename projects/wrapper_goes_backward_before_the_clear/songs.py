from torch import nn


class SongNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hear, self.read = nn.Linear(5, 6), nn.Linear(6, 1)

    def forward(self, notes):
        return self.read(self.hear(notes).tanh())
