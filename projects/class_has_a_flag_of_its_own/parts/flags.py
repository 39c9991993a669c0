class FlagMixin:
    @property
    def requires_grad(self):
        return any(p.requires_grad for p in self.parameters())

    @requires_grad.setter
    def requires_grad(self, flag):
        for p in self.parameters():
            p.requires_grad_(flag)
