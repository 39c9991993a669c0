import torch


def between(a, b):
    share = torch.rand(a.size(0), 1)
    return (share * a + (1 - share) * b).requires_grad_()


def slope(critic, real, fake):
    """How far the critic's slope is from one, between the real and the fake."""
    point = between(real, fake)
    (grad,) = torch.autograd.grad(critic(point).sum(), point, create_graph=True)
    return (grad.norm(dim=1) - 1).pow(2).mean()
