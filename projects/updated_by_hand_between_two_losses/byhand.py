class GradientDescent:
    def __init__(self, net, lr):
        self.net, self.lr = net, lr

    def __call__(self, loss):
        self.net.zero_grad()
        loss.backward()
        for p in self.net.parameters():
            p.data -= self.lr * p.grad  # expect: GRD114
