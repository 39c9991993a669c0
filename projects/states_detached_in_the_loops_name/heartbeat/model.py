from torch import nn


class BeatNet(nn.Module):
    def __init__(self, leads, hidden):
        super().__init__()
        self.low, self.high = nn.GRUCell(leads, hidden), nn.GRUCell(hidden, hidden)
        self.next = nn.Linear(hidden, leads)

    def forward(self, beat, states):
        low, high = states
        low = self.low(beat, low)
        high = self.high(low, high)
        return self.next(high), [low, high]
