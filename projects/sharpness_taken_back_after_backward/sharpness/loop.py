import torch.nn.functional as F


def train_epoch(model, loader, optimizer):
    model.train()
    for rows, label in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(rows), label).backward()
        optimizer.climb()
        optimizer.zero_grad()
        sharp = F.cross_entropy(model(rows), label)
        sharp.backward()
        optimizer.take_back()
        optimizer.step()
    return sharp.item()
