from .states import cut


def follow(net, signal, optimizer, chunk=8):
    states = [None, None]
    for start in range(0, signal.size(1) - chunk, chunk):
        loss = 0.0
        for t in range(start, start + chunk):
            guess, states = net(signal[:, t], states)
            loss = loss + (guess - signal[:, t + 1]).abs().mean()
        optimizer.zero_grad()
        loss.backward()  # expect: GRD152
        optimizer.step()
        states = cut(states)
    return loss.item()
