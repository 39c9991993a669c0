class EverySecond:
    every = 2

    def __init__(self, opt):
        self.opt, self.waiting = opt, 0

    def flush(self):
        self.opt.step()
        for group in self.opt.param_groups:
            for p in group["params"]:
                p.grad = None
        self.waiting = 0

    def batch_done(self):
        self.waiting += 1
        if self.waiting == self.every:
            self.flush()

    def finish(self):
        if self.waiting:
            self.flush()
