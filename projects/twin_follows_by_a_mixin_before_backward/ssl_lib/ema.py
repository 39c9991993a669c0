import copy

import torch
from torch import nn


class EMATwinMixin:
    """Gives a module a slowly following twin of one of its parts."""

    def add_twin(self, part):
        twin = copy.deepcopy(part)
        for p in twin.parameters():
            p.requires_grad_(False)
        self.twin = twin

    @torch.no_grad()
    def follow(self, part, tau):
        for slow, fast in zip(self.twin.parameters(), part.parameters()):
            slow.data.mul_(tau).add_(fast.data, alpha=1 - tau)


class SSLBase(EMATwinMixin, nn.Module):
    def training_loss(self, a, b):
        raise NotImplementedError

    def on_after_step(self):
        pass
