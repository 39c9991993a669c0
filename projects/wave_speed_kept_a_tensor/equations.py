import torch


def d(out, inp):
    return torch.autograd.grad(out.sum(), inp, create_graph=True)[0]


def wave(field, t, x):
    u = field(t, x)
    return d(d(u, t), t) - field.speed**2 * d(d(u, x), x)
