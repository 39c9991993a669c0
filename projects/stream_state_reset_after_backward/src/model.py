import torch.nn as nn


class StreamLSTM(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.cell = nn.LSTM(features, hidden, batch_first=True)
        self.read = nn.Linear(hidden, features)

    def forward(self, x, state=None):
        out, state = self.cell(x, state)
        return self.read(out), state
