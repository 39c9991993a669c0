class Norms:
    seen = 0

    def graded(self):
        self.seen += 1
        super().graded()


class Clean:
    def graded(self):
        super().graded()
        self.opt.zero_grad()
