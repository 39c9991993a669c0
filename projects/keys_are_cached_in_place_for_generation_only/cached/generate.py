import torch

from .cache import Cache


@torch.no_grad()
def continue_from(lm, ids, n):
    lm.eval()
    cache = Cache(ids.size(0), ids.size(1) + n, lm.dim)
    new = ids
    for _ in range(n):
        new = lm(new, cache)[:, -1:].argmax(-1)
        ids = torch.cat([ids, new], 1)
    lm.train()
    return ids[0]
