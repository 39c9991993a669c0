from torch import nn


class LSTMTagger(nn.Module):
    def __init__(self, words, tags, dim=20):
        super().__init__()
        self.emb = nn.Embedding(words, dim)
        self.lstm = nn.LSTM(dim, dim // 2, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(dim, tags)

    def forward(self, ids):
        h, _ = self.lstm(self.emb(ids))
        return self.tag(h)
