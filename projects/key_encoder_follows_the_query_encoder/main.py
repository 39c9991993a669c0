"""The momentum update writes to the key encoder, which no backward goes through."""

# claim: correct
import torch
import torch.nn.functional as F
from torch import nn

from moco import MoCo


def encoder(dim):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 49, 32), nn.ReLU(), nn.Linear(32, dim)
    )


def jitter(x):
    return x + 0.1 * torch.randn_like(x)


torch.manual_seed(0)
model = MoCo(encoder(16), 16)
opt = torch.optim.SGD(model.encoder_q.parameters(), lr=0.3, momentum=0.9)
for it in range(5):
    x = torch.randn(16, 3, 16, 16)
    logits, labels = model(jitter(x), jitter(x))
    loss = F.cross_entropy(logits, labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, round(loss.item(), 4))
