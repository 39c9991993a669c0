class Clear:
    def begins(self, loop, k):
        loop.opt.zero_grad()


class Show:
    def __init__(self, every):
        self.every, self.k = every, 0

    def begins(self, loop, k):
        self.k = k

    def ends(self, loop, loss):
        if self.k % self.every == 0:
            print(self.k, loss.item())
