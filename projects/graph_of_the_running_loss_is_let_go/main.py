"""The meter adds up detached losses, and the one that goes backward is the batch's own."""

# claim: correct
import torch

from meters import Meter
from omelette import EggNet

torch.manual_seed(0)
egg = EggNet()
opt = torch.optim.Adam(egg.parameters(), lr=1e-2)
meter = Meter()
for _ in range(3):
    pan = torch.rand(7, 4)
    loss = meter(egg(pan).sub(pan.mean(1, keepdim=True)).abs().mean())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(meter.mean())
