class Lookahead:
    def __init__(self, inner, every=5, share=0.5):
        self.inner, self.every, self.share = inner, every, share
        self.count = 0
        self.slow = [p.detach().clone() for p in self.params()]

    def params(self):
        for group in self.inner.param_groups:
            yield from group["params"]

    def zero_grad(self):
        self.inner.zero_grad()
        if self.count % self.every == 0:
            self.go_back()

    def step(self):
        self.inner.step()
        self.count += 1

    def go_back(self):
        for slow, p in zip(self.slow, self.params()):
            slow.add_(p.detach() - slow, alpha=self.share)
            p.data.copy_(slow)  # expect: GRD114
