from torch import nn

from inits import small


class ScentNet(nn.Module):
    def __init__(self, molecules, notes, receptors=10):
        super().__init__()
        self.affinity = small(molecules, receptors)
        self.read = nn.Linear(receptors, notes)

    def forward(self, mix):
        return self.read((mix @ self.affinity.abs()).log1p())
