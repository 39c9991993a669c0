import torch

__all__ = ["WeightAverage", "teacher_logits"]


class WeightAverage:
    def __init__(self, model, decay=0.9):
        self.decay = decay
        self.avg = [p.detach().clone() for p in model.parameters()]
        self.saved = None

    def update(self, model):
        for a, p in zip(self.avg, model.parameters()):
            a.mul_(self.decay).add_(p.detach(), alpha=1 - self.decay)

    def store(self, model):
        self.saved = [p.detach().clone() for p in model.parameters()]

    def copy_to(self, model):
        for a, p in zip(self.avg, model.parameters()):
            p.data.copy_(a)

    def restore(self, model):
        for s, p in zip(self.saved, model.parameters()):
            p.data.copy_(s)


@torch.no_grad()
def teacher_logits(model, average, views):
    average.store(model)
    average.copy_to(model)
    return model(views)
