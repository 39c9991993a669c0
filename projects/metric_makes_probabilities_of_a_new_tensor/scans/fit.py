import torch
from torch import nn

from .dice import dice as overlap


def fit(net, slices, lr=1e-2):
    opt, criterion = torch.optim.AdamW(net.parameters(), lr=lr), nn.BCEWithLogitsLoss()
    for scan, mask in slices:
        logits = net(scan)
        loss = criterion(logits, mask)
        shown = overlap(logits, mask)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(loss.item(), shown)
