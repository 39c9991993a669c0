import copy

import torch


class Architect:
    def __init__(self, net, lr):
        self.net, self.lr = net, lr
        self.opt = torch.optim.Adam([net.alpha], lr=3e-3)

    def unrolled(self, train):
        grads = torch.autograd.grad(self.net.loss(train), self.net.weights())
        ahead = copy.deepcopy(self.net)
        for p, g in zip(ahead.weights(), grads):
            p.data.sub_(self.lr * g)
        return ahead

    def hessian_product(self, vector, train, r=1e-2):
        scale = r / torch.cat([v.flatten() for v in vector]).norm()
        for p, v in zip(self.net.weights(), vector):
            p.data.add_(scale * v)
        plus = torch.autograd.grad(self.net.loss(train), self.net.alpha)[0]
        for p, v in zip(self.net.weights(), vector):
            p.data.sub_(2 * scale * v)
        minus = torch.autograd.grad(self.net.loss(train), self.net.alpha)[0]
        for p, v in zip(self.net.weights(), vector):
            p.data.add_(scale * v)
        return (plus - minus) / (2 * scale)

    def step(self, train, valid):
        self.opt.zero_grad()
        ahead = self.unrolled(train)
        loss = ahead.loss(valid)
        loss.backward()
        vector = [p.grad.data for p in ahead.weights()]
        slope = ahead.alpha.grad - self.lr * self.hessian_product(vector, train)
        if self.net.alpha.grad is None:
            self.net.alpha.grad = slope.detach().clone()
        else:
            self.net.alpha.grad.data.copy_(slope.data)
        self.opt.step()
        return loss.item()
