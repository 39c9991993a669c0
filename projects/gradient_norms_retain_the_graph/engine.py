from monitor import AverageMeter, layer_grad_norms


def train(model, loader, optimizer, criterion, log_every=2):
    meter = AverageMeter()
    for i, (mel, tags) in enumerate(loader):
        loss = criterion(model(mel), tags)
        if i % log_every == 0:
            norms = layer_grad_norms(loss, model)
            print("largest:", max(norms, key=norms.get))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        meter.add(loss.item())
    return meter.mean
