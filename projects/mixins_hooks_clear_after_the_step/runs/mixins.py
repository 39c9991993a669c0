class Norms:
    seen = 0

    def graded(self):
        self.seen += 1
        super().graded()


class Clean:
    def stepped(self):
        super().stepped()
        self.opt.zero_grad()
