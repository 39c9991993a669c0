import torch.nn.functional as F


def train_epoch(model, loader, opt, batch_size):
    model.reset(batch_size)
    running, n = 0.0, 0
    for x, y in loader:
        opt.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        loss.backward()  # expect: GRD152
        opt.step()
        running, n = running + loss.item(), n + 1
    return running / n
