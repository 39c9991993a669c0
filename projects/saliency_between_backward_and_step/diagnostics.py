def saliency(policy, obs):
    """Which observations does the preferred action depend on?"""
    probe = obs.clone().requires_grad_(True)
    policy.zero_grad()  # todo-expect: GRD126
    policy(probe).max(dim=1).values.sum().backward()
    return probe.grad.abs().mean(0)
