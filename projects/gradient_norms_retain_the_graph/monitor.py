import torch


class AverageMeter:
    def __init__(self):
        self.total, self.n = 0.0, 0

    def add(self, v):
        self.total, self.n = self.total + v, self.n + 1

    @property
    def mean(self):
        return self.total / max(self.n, 1)


def layer_grad_norms(loss, model):
    """Gradient norm of each layer, without touching .grad."""
    names, params = zip(*model.named_parameters())
    grads = torch.autograd.grad(loss, params, retain_graph=True)
    return {n: g.norm().item() for n, g in zip(names, grads)}
