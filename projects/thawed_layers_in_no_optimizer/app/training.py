import torch
import torch.nn.functional as F

from . import settings


def run(net, epochs, callbacks):
    opt = torch.optim.SGD(filter(lambda p: p.requires_grad, net.parameters()), lr=settings.LR)  # expect: GRD171
    for epoch in range(epochs):
        for cb in callbacks:
            cb.epoch_begins(epoch)
        leaf, disease = torch.randn(12, 6), torch.randint(0, 3, (12,))
        loss = F.cross_entropy(net(leaf), disease)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(epoch, loss.item())
