class Objective:
    """The bound, with a weight on the divergence that grows."""

    def __init__(self, warm):
        self.warm, self.seen = warm, 0

    def __call__(self, x, out, mu, logvar):
        self.seen += 1
        beta = min(1.0, self.seen / self.warm)
        rec = (out - x).pow(2).sum(1).mean()
        kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
        scale = (rec.detach() / (kl.detach() + 1e-6)).clamp(0.1, 1.0)
        kl = beta * scale * kl.detach()  # todo-expect: GRD128
        loss = rec + kl
        shown = rec.item() + kl.detach() + 0.5 * mu.data.pow(2).mean()
        return loss, float(shown)
