def halve(grad):
    grad.mul_(0.5)  # expect: GRD145


def slow_down(branch):
    """Lets a branch learn at half the pace."""
    branch.register_hook(halve)
    return branch
