import copy

import torch

from base_trainer import BaseTrainer
from losses import RegressionLoss
from networks import Encoder, projector


class BYOLTrainer(BaseTrainer):
    def __init__(self, args):
        super().__init__(args)
        self.online = Encoder(args.dim)
        self.predictor = projector(16, 32, 16)
        self.target = copy.deepcopy(self.online)
        for p in self.target.parameters():
            p.requires_grad = False
        self.criterion = RegressionLoss()
        self.optim = torch.optim.SGD([*self.online.parameters(), *self.predictor.parameters()], lr=args.lr)

    def train_step(self, v1, v2):
        p1, p2 = self.predictor(self.online(v1)), self.predictor(self.online(v2))
        with torch.no_grad():
            z1, z2 = self.target(v1), self.target(v2)
        loss = self.criterion(p1, z2) + self.criterion(p2, z1)
        self.ema_update(self.online, self.target)
        self.optim.zero_grad()
        loss.backward()
        self.optim.step()
        return loss.item()
