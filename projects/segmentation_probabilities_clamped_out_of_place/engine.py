def train_one_epoch(model, batches, optimizer, criterion):
    model.train()
    total = 0.0
    for img, mask in batches:
        optimizer.zero_grad()
        prob = model(img)
        loss = criterion(prob, mask)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(batches)
