from torch import nn


class AttributeHeads(nn.Module):
    """One linear classifier for each attribute of a face."""

    def __init__(self, dim, sizes):
        super().__init__()
        self.branches = [nn.Linear(dim, n) for n in sizes]  # expect: GRD171

    def forward(self, feat):
        return [b(feat) for b in self.branches]
