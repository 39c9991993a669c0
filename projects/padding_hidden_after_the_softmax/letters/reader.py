from torch import nn

from letters import masking


class Reader(nn.Module):
    def __init__(self, dim=9):
        super().__init__()
        self.letter = nn.Embedding(26, dim)
        self.score = nn.Linear(dim, 1)
        self.mood = nn.Linear(dim, 3)

    def forward(self, ids, length):
        h = self.letter(ids)
        w = masking.weigh(self.score(h).squeeze(-1), length)
        return self.mood((w.unsqueeze(1) @ h).squeeze(1))
