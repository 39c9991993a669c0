from torch import nn


class TasteNet(nn.Module):
    def __init__(self, foods, dim):
        super().__init__()
        self.table = nn.Embedding(foods, dim)
        self.read = nn.Sequential(nn.Linear(dim, 8), nn.Tanh(), nn.Linear(8, 1))

    def taste(self, felt):
        return self.read(felt).mean(1)

    def forward(self, foods):
        return self.taste(self.table(foods))
