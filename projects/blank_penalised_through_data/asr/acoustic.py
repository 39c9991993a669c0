import torch
from torch import nn


class AcousticModel(nn.Module):
    def __init__(self, n_mels=20, hidden=32, vocab=12):
        super().__init__()
        self.front = nn.Conv1d(n_mels, hidden, 5, stride=2, padding=2)
        self.rnn = nn.GRU(hidden, hidden, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * hidden, vocab)

    def forward(self, mels):
        """(N, mel, T) -> log probabilities (T', N, V) as CTC wants them."""
        h = torch.relu(self.front(mels)).transpose(1, 2)
        h, _ = self.rnn(h)
        return self.out(h).log_softmax(-1).transpose(0, 1)
