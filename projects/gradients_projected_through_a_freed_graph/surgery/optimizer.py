from . import flat


class Projecting:
    def __init__(self, opt):
        self.opt = opt
        self.params = [p for group in opt.param_groups for p in group["params"]]

    def step(self, losses):
        grads = []
        for k, loss in enumerate(losses):
            self.opt.zero_grad()
            loss.backward()  # todo-expect: GRD152
            grads.append(flat.flat_grads(self.params))
        total = 0.0
        for i, g in enumerate(grads):
            g = g.clone()
            for j, other in enumerate(grads):
                if i != j and g @ other < 0:
                    g -= (g @ other) / other.pow(2).sum() * other
            total = total + g
        flat.put_back(self.params, total)
        self.opt.step()
        return losses
