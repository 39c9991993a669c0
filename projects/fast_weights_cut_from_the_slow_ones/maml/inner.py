import torch


def steps(slow, weights, x, y, n=2, lr=0.1):
    weights = [w.data.requires_grad_() for w in weights]  # expect: GRD125
    for _ in range(n):
        loss = (slow.predict(x, weights) - y).pow(2).mean()
        grads = torch.autograd.grad(loss, weights, create_graph=True)
        weights = [w - lr * g for w, g in zip(weights, grads)]
    return weights
