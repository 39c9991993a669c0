import copy

import torch
import torch.nn.functional as F


def adapt(model, x, y, lr, steps):
    for _ in range(steps):
        params = list(model.parameters())
        grads = torch.autograd.grad(F.mse_loss(model(x), y), params)
        with torch.no_grad():
            for p, g in zip(params, grads):
                p -= lr * g


def accumulate_task(model, task, scale, lr=0.05, steps=2):
    """First-order MAML: the query gradient lands in .grad of the model."""
    xs, ys, xq, yq = task
    start = copy.deepcopy(model.state_dict())
    adapt(model, xs, ys, lr, steps)
    loss = F.mse_loss(model(xq), yq)
    (loss * scale).backward()
    model.load_state_dict(start)
    return loss.item()
