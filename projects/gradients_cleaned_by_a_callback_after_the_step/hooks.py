class Hook:
    def before_backward(self, loop): ...

    def after_backward(self, loop): ...

    def after_step(self, loop): ...


class GradNorm(Hook):
    def __init__(self):
        self.norms = []

    def after_backward(self, loop):
        sq = sum(p.grad.square().sum().item() for p in loop.flow.parameters() if p.grad is not None)
        self.norms.append(sq**0.5)


class CleanGrads(Hook):
    """Leaves no gradients behind for the next iteration."""

    def after_step(self, loop):
        loop.flow.zero_grad()


class Verbose(Hook):
    def after_step(self, loop):
        print(f"nll {loop.nll.item():.4f}")
