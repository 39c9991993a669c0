import torch


class Runner:
    def __init__(self, net, opt, callbacks=()):
        self.net, self.opt, self.callbacks = net, opt, list(callbacks)
        self.step_no = 0

    def emit(self, event, *args):
        for cb in self.callbacks:
            getattr(cb, event)(self, *args)

    def train_step(self, img, kp):
        heats = self.net(img)
        loss = sum((self.net.coords(h) - kp).square().mean() for h in heats)
        self.emit("on_forward_end", heats)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.step_no += 1
        self.emit("on_step_end", loss.item())
