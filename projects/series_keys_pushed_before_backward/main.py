"""The logits are computed with a clone of the bank, so the keys that are pushed before backward overwrite nothing that
was saved.
"""

# claim: correct
import copy

import torch
import torch.nn.functional as F

from bank import *
from contrast import *
from encoder import *


def pretrain(query, steps=4):
    key, bank = copy.deepcopy(query), Bank(64, 12)
    freeze(key)
    opt = torch.optim.SGD(query.parameters(), lr=0.1)
    for i in range(steps):
        s = torch.randn(16, 1, 40).cumsum(-1)
        loss = moco_step(query, key, bank, s + 0.1 * torch.randn_like(s), s + 0.1 * torch.randn_like(s))
        opt.zero_grad()
        loss.backward()
        opt.step()
        print("moco", i, loss.item())


def fit(model, steps, lr):
    opt = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)
    for _ in range(steps):
        loss = F.cross_entropy(model(torch.randn(16, 1, 40)), torch.randint(0, 3, (16,)))
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    encoder = SeriesEncoder()
    pretrain(encoder)
    model = torch.nn.Sequential(encoder, torch.nn.Linear(12, 3))
    freeze(encoder)
    print("probe", fit(model, 2, 0.1))
    unfreeze(encoder)
    print("finetune", fit(model, 3, 0.01))
