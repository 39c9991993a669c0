import torch
from torch import nn


class GatedMixer(nn.Module):
    """Lets each gene through as far as the others ask for it."""

    def __init__(self, genes, tissues):
        super().__init__()
        self.gate = nn.Linear(genes, genes)
        self.read = nn.Linear(genes, tissues)

    def forward(self, counts):
        gate = torch.sigmoid(self.gate(counts))
        return self.read(gate * counts), gate
