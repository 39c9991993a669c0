import torch


def derivative(u, x):
    return torch.autograd.grad(u, x, torch.ones_like(u), create_graph=True)[0]


def burgers_residual(net, t, x, nu=0.01):
    t.requires_grad_(True)
    x.requires_grad_(True)
    u = net(torch.cat([t, x], 1))
    u_x = derivative(u, x)
    return derivative(u, t) + u * u_x - nu * derivative(u_x, x)


def initial_condition(x):
    return -torch.sin(torch.pi * x)
