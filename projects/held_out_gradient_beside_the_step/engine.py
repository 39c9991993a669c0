import utils


def train_epoch(model, loader, criterion, optimizer, val_batch, probe_every=2):
    gaps = []
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        if i % probe_every == 0:
            gaps.append(utils.generalisation_gap(model, criterion, val_batch))
        optimizer.step()
    return loss.item(), gaps
