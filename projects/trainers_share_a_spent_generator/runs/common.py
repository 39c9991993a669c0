import torch
from torch.nn.utils import clip_grad_norm_


class Common:
    def __init__(self, network, rate, bound):
        self.network, self.bound = network, bound
        self.trained = (p for p in network.parameters() if p.requires_grad)
        self.optimizer = torch.optim.SGD(self.trained, lr=rate)

    def loss(self, batch):
        raise NotImplementedError

    def update(self, batch):
        self.optimizer.zero_grad()
        self.loss(batch).backward()
        clip_grad_norm_(self.trained, self.bound)  # expect: GRD176
        self.optimizer.step()
