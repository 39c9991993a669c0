from torch import nn


class Speller(nn.Module):
    def __init__(self, letters, dim=8):
        super().__init__()
        self.letter = nn.Embedding(letters, dim)
        self.next = nn.Linear(dim, letters)

    def forward(self, ids):
        return self.next(self.letter(ids).tanh())
