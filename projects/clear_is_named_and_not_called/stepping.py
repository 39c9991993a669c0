def descend(optimizer, loss):
    optimizer.zero_grad  # expect: GRD164
    loss.backward()
    optimizer.step()
