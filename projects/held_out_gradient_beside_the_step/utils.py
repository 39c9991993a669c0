import torch


def flat_grad(model):
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def generalisation_gap(model, criterion, held_out):
    """Cosine of the training gradient with the one on a held-out batch."""
    g_train = flat_grad(model).clone()
    x, y = held_out
    g_val = torch.cat([g.flatten() for g in torch.autograd.grad(criterion(model(x), y), list(model.parameters()))])
    return torch.cosine_similarity(g_train, g_val, dim=0).item()


def count(model):
    return sum(p.numel() for p in model.parameters())
