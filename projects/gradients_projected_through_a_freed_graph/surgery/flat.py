import torch


def flat_grads(params):
    return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten().clone() for p in params])


def put_back(params, flat):
    at = 0
    for p in params:
        p.grad = flat[at : at + p.numel()].view_as(p).clone()
        at += p.numel()
