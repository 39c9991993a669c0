import torch
import torch.nn.functional as F


def inner_update(model, x, y, lr):
    params = list(model.parameters())
    grads = torch.autograd.grad(F.mse_loss(model(x), y), params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p.sub_(lr * g)


def task_loss(model, task, inner_lr=0.05, inner_steps=2):
    """First-order MAML: adapt on the support set, return the query loss."""
    from checkpoint import restore, snapshot

    xs, ys, xq, yq = task
    start = snapshot(model)
    for _ in range(inner_steps):
        inner_update(model, xs, ys, inner_lr)
    query = F.mse_loss(model(xq), yq)
    restore(model, start)
    return query
