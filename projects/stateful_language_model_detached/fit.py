import math

import torch
import torch.nn.functional as F

__all__ = ["fit"]


def fit(model, data, opt, epochs):
    for epoch in range(epochs):
        model.start()
        nll = 0.0
        for x, y in data:
            opt.zero_grad()
            loss = F.cross_entropy(model(x).transpose(1, 2), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            opt.step()
            nll += loss.detach()
        print(epoch, "ppl", math.exp(nll.item() / len(data)))
