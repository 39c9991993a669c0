import torch
import torch.nn.functional as F


class Balanced:
    """Cross entropy that minds the classes which it does badly in."""

    def __init__(self, classes, pace=0.9):
        self.pace = pace
        self.hard = torch.ones(classes)

    def __call__(self, scores, kind):
        each = F.cross_entropy(scores, kind, reduction="none")
        share = F.one_hot(kind, len(self.hard)).float()
        mean = share.t() @ each / share.sum(0).clamp(min=1)
        self.hard = self.pace * self.hard + (1 - self.pace) * mean
        return (self.hard[kind] * each).mean()
