class Tap:
    """Keeps what a layer has computed."""

    def __init__(self, layer):
        self.seen = None
        layer.register_forward_hook(self.keep)

    def keep(self, layer, args, out):
        self.seen = out

    def mean(self):
        return self.seen.detach().abs().mean().item()
