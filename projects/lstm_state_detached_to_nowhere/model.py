import torch.nn as nn


class SeriesLSTM(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.lstm = nn.LSTM(features, hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(hidden, features)

    def forward(self, x, state=None):
        out, state = self.lstm(self.norm(x), state)
        return self.head(out), state
