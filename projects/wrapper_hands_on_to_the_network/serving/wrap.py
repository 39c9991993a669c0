class Served:
    """Counts the calls of a network."""

    def __init__(self, net):
        self.net = net
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.net(*args)

    def __getattr__(self, name):
        return getattr(self.net, name)
