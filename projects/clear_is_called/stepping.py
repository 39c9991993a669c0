def descend(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
