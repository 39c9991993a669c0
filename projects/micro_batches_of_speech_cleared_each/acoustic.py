import torch.nn as nn
import torch.nn.functional as F


class CTCModel(nn.Module):
    def __init__(self, feats, vocab, hidden=24):
        super().__init__()
        self.sub = nn.Conv1d(feats, hidden, 3, stride=2, padding=1)
        self.rnn = nn.GRU(hidden, hidden, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * hidden, vocab)

    def forward(self, x):
        h = F.relu(self.sub(x.transpose(1, 2))).transpose(1, 2)
        return F.log_softmax(self.out(self.rnn(h)[0]), -1).transpose(0, 1)
