import torch.nn.functional as F

from .switch import frozen


def step(old, new, opt, x):
    told = new(x)
    with frozen(new):  # expect: GRD135
        loss = F.mse_loss(told, old(x))
        opt.zero_grad()
        loss.backward()
    opt.step()
    return loss.item()
