import torch

from base_trainer import BaseTrainer
from losses import CosineAlign
from networks import Encoder


class DistillTrainer(BaseTrainer):
    def __init__(self, args):
        super().__init__(args)
        self.student = Encoder(args.dim, 32, 16)
        self.teacher = Encoder(args.dim, 32, 16)
        self.criterion = CosineAlign()
        self.optim = torch.optim.SGD(self.student.parameters(), lr=args.lr, momentum=0.9)

    def train_step(self, v1, v2):
        with torch.no_grad():
            target = self.teacher(v2)
        loss = self.criterion(self.student(v1), target)
        self.ema_update(self.teacher, self.student)
        self.optim.zero_grad()
        loss.backward()
        self.optim.step()
        return loss.item()
