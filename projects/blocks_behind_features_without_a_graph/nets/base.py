import torch
from torch import nn


class BaseNet(nn.Module):
    """Anything with an `encode`; can be asked for features or probabilities."""

    def encode(self, x):
        raise NotImplementedError

    @torch.no_grad()
    def features(self, x):
        return self.encode(x).mean(dim=1)

    @torch.no_grad()
    def probs(self, x):
        self.eval()
        out = self(x).softmax(-1)
        self.train()
        return out

    def num_params(self):
        return sum(p.numel() for p in self.parameters() if p.requires_grad)
