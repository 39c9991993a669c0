import torch
import torch.nn.functional as F


def fit(model, batches, lr):
    opt = torch.optim.SGD(model.parameters(), lr=lr)
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


def linear_probe(model, batches):
    from src.freezing import freeze

    freeze(model.encoder)
    return fit(model, batches, lr=0.1)


def finetune(model, batches):
    """Second stage: the whole network with a small rate."""
    from src.freezing import unfreeze

    unfreeze(model.encoder)
    return fit(model, batches, lr=0.02)
