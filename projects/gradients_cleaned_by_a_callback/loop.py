import torch


class Loop:
    def __init__(self, flow, lr, hooks):
        self.flow, self.hooks = flow, hooks
        self.opt = torch.optim.Adam(flow.parameters(), lr=lr)

    def call(self, stage):
        for h in self.hooks:
            getattr(h, stage)(self)

    def run(self, source, n):
        for _ in range(n):
            self.nll = -self.flow.log_prob(source()).mean()
            self.call("before_backward")
            self.nll.backward()
            self.call("after_backward")
            self.opt.step()  # expect: GRD226
            self.call("after_step")
