from .callbacks import Meter


class LoopBase:
    def __init__(self, model, opt):
        self.model, self.opt = model, opt
        self.loss_meter, self.norm_meter = Meter(), Meter()

    def on_backward_end(self):
        pass

    def iterate(self, batches):
        for x, y in batches:
            loss = self.loss(x, y)
            self.opt.zero_grad()
            loss.backward()
            self.on_backward_end()
            self.opt.step()
            self.loss_meter.push(loss)
        return self.loss_meter.mean
