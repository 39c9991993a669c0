from functools import partial

import torch
import torch.nn.functional as F


def climb(network, x, y, size, steps):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(steps):
        F.binary_cross_entropy_with_logits(network(x + delta), y).backward()
        with torch.no_grad():
            delta += size / steps * delta.grad.sign()
            delta.clamp_(-size, size)
        delta.grad.zero_()
    return (x + delta).detach()


ATTACKS = {"fgsm": partial(climb, size=0.1, steps=1), "pgd": partial(climb, size=0.1, steps=3)}
