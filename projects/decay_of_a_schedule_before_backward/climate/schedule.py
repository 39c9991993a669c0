class Schedule:
    """Warms the rate up, and decays the weights by hand."""

    def __init__(self, opt, decay, warm):
        self.opt, self.decay, self.warm = opt, decay, warm
        self.full = [group["lr"] for group in opt.param_groups]
        self.count = 0

    def step(self):
        self.count += 1
        for group, lr in zip(self.opt.param_groups, self.full):
            group["lr"] = lr * min(1.0, self.count / self.warm)
            for p in group["params"]:
                p.data.mul_(self.decay)  # expect: GRD114
