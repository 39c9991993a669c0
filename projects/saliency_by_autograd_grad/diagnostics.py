import torch


def saliency(policy, obs):
    """Which observations does the preferred action depend on?"""
    probe = obs.clone().requires_grad_(True)
    preferred = policy(probe).max(dim=1).values.sum()
    (slope,) = torch.autograd.grad(preferred, probe)
    return slope.abs().mean(0)
