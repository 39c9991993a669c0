from contextlib import contextmanager


@contextmanager
def frozen(network):
    flags = [p.requires_grad for p in network.parameters()]
    for p in network.parameters():
        p.requires_grad_(False)
    yield
    for p, flag in zip(network.parameters(), flags):
        p.requires_grad_(flag)
