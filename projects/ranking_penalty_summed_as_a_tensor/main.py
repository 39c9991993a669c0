"""The penalty is summed as a tensor, and pulls at the embeddings."""

# claim: correct
from dataclasses import dataclass

import torch

from losses import *
from model import *


@dataclass
class Options:
    users: int = 4
    items: int = 6
    reg: float = 0.05
    lr: float = 0.1
    epochs: int = 3


def main(opts):
    torch.manual_seed(0)
    u, i = torch.randint(0, opts.users, (200,)), torch.randint(0, opts.items, (200,))
    model = MatrixFactorization(opts.users, opts.items, dim=2)
    criterion = BPRLoss(opts.reg)
    optimizer = torch.optim.SGD(model.parameters(), lr=opts.lr)
    for epoch in range(opts.epochs):
        j = sample_negatives(opts.items, len(u))
        pos, neg, emb = model(u, i, j)
        loss = criterion(pos, neg, emb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(epoch, f"{loss.item():.4f}", hit_rate(pos, neg))
    return model


if __name__ == "__main__":
    mf = main(Options())
