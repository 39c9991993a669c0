import torch

from . import heads


class Learner:
    def __init__(self, dim, prototypes, pace=0.95):
        self.student, self.teacher = heads.Head(dim, prototypes), heads.Head(dim, prototypes)
        self.teacher.load_state_dict(self.student.state_dict())
        for p in self.teacher.parameters():
            p.requires_grad = False
        self.loss, self.pace = heads.Centred(prototypes), pace
        self.opt = torch.optim.AdamW(self.student.parameters(), lr=1e-3)

    def learn(self, views):
        loss = self.loss([self.student(v) for v in views], [self.teacher(v) for v in views[:2]])
        with torch.no_grad():
            for s, t in zip(self.student.parameters(), self.teacher.parameters()):
                t.data.mul_(self.pace).add_((1 - self.pace) * s.detach().data)
        self.opt.zero_grad()
        loss.backward()
        for p in self.student.last.parameters():
            p.grad = None
        self.opt.step()
        return loss.item()
