import torch
import torch.nn.functional as F


def sample(ways, shots, size=12):
    y = torch.arange(ways).repeat_interleave(shots)
    x = torch.randn(len(y), 1, size, size) + y.view(-1, 1, 1, 1)
    return x, y


def adapt(model, opt, x, y, steps=4):
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


@torch.no_grad()
def evaluate(model, x, y):
    model.eval()
    acc = (model(x).argmax(1) == y).float().mean().item()
    model.train()
    return acc
