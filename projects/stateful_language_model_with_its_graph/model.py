import torch
from torch import nn


class CharLM(nn.Module):
    """Stateful language model: each chunk goes on where the last one ended."""

    def __init__(self, n_chars: int, hidden: int = 24):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(n_chars, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.decoder = nn.Linear(hidden, n_chars)
        self.state = None

    def reset(self, batch: int):
        self.state = torch.zeros(batch, self.hidden)

    def forward(self, chunk):
        h = self.state
        outs = []
        for tok in self.embed(chunk).unbind(1):
            h = self.cell(tok, h)
            outs.append(self.decoder(h))
        self.state = h
        return torch.stack(outs, dim=1)
