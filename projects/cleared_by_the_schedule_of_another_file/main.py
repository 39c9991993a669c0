"""The schedule steps and clears every second batch, and once more for what is left at the end."""

# claim: correct
import torch

from beats.net import BeatNet
from beats.schedule import EverySecond

torch.manual_seed(0)
net = BeatNet()
plan = EverySecond(torch.optim.AdamW(net.parameters(), lr=1e-2))
for wave in torch.randn(5, 6, 10):
    loss = net(wave).pow(2).mean() / plan.every
    loss.backward()
    plan.batch_done()
plan.finish()
