from .scaling import unscale


class Launcher:
    """Scales losses up and gradients down."""

    def __init__(self, scale):
        self.scale = scale

    def prepare(self, net, make_optimizer):
        return net, make_optimizer(net.parameters())

    def backward(self, loss):
        (loss * self.scale).backward()

    def step(self, opt):
        opt.zero_grad()
        unscale(opt, self.scale)
        opt.step()  # expect: GRD126
