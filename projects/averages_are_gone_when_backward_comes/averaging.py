from contextlib import contextmanager


class RunningMean:
    def __init__(self, net, decay):
        self.decay = decay
        self.mean = [p.detach().clone() for p in net.parameters()]

    def update(self, net):
        for m, p in zip(self.mean, net.parameters()):
            m.lerp_(p.detach(), 1 - self.decay)

    @contextmanager
    def in_place_of(self, net):
        """The averaged weights, for as long as the block lasts."""
        own = [p.detach().clone() for p in net.parameters()]
        for m, p in zip(self.mean, net.parameters()):
            p.data.copy_(m)
        try:
            yield net
        finally:
            for o, p in zip(own, net.parameters()):
                p.data.copy_(o)  # expect: GRD114
