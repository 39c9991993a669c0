import torch


def flat_grad(model):
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def generalisation_gap(model, criterion, held_out):
    """Cosine of the training gradient with the one on a held-out batch."""
    g_train = flat_grad(model).clone()
    model.zero_grad()  # todo-expect: GRD175
    x, y = held_out
    criterion(model(x), y).backward()
    g_val = flat_grad(model)
    return torch.cosine_similarity(g_train, g_val, dim=0).item()


def count(model):
    return sum(p.numel() for p in model.parameters())
