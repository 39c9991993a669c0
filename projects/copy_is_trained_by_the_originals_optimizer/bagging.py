import copy

import torch
import torch.nn.functional as F


class Bag:
    """Copies of one network, each trained on a sample of its own."""

    def __init__(self, base, members, lr):
        self.members = [copy.deepcopy(base) for _ in range(members)]
        self.optimizers = [torch.optim.SGD(base.parameters(), lr=lr) for _ in self.members]  # expect: GRD171

    def learn(self, x, y):
        losses = []
        for member, optimizer in zip(self.members, self.optimizers):
            pick = torch.randint(0, len(x), (len(x),))
            loss = F.mse_loss(member(x[pick]), y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses
