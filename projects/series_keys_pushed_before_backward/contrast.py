import torch
import torch.nn.functional as F

__all__ = ["moco_step", "momentum"]


@torch.no_grad()
def momentum(query, key, m=0.9):
    for q, k in zip(query.parameters(), key.parameters()):
        k.mul_(m).add_(q, alpha=1 - m)


def moco_step(query, key, bank, a, b, tau=0.1):
    momentum(query, key)
    q = query(a)
    with torch.no_grad():
        k = key(b)
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ bank.negatives().t()], 1) / tau
    bank.push(k)
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))
