import torch
from torch import nn


class StreamingListener(nn.Module):
    """Carries its state from chunk to chunk."""

    def __init__(self, mels=12, hidden=20, phones=8):
        super().__init__()
        self.rnn = nn.LSTM(mels, hidden, num_layers=2, batch_first=True)
        self.out = nn.Linear(hidden, phones)
        self.state = None

    def start(self):
        self.state = None

    def forward(self, chunk):
        h, self.state = self.rnn(chunk, self.state)
        return self.out(h)

    def cut_history(self):
        from state_utils import repackage

        self.state = repackage(self.state)
