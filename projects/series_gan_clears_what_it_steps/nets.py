import torch.nn as nn


class SeriesGenerator(nn.Module):
    def __init__(self, z, hidden):
        super().__init__()
        self.gru = nn.GRU(z, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, z):
        return self.out(self.gru(z)[0])


class SeriesCritic(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.conv = nn.Conv1d(1, hidden, 4, stride=2)
        self.out = nn.Linear(hidden, 1)

    def forward(self, s):
        return self.out(nn.functional.leaky_relu(self.conv(s.transpose(1, 2)), 0.2).mean(-1))
