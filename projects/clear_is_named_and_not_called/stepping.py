def descend(optimizer, loss):
    optimizer.zero_grad  # todo-expect: GRD164
    loss.backward()
    optimizer.step()
