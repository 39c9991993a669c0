import torch


def step_on(loss, optimizer, clear):
    """Empty the gradients of `clear`, then move `optimizer` along the loss."""
    clear.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def latent(n, dim=6):
    return torch.randn(n, dim)
