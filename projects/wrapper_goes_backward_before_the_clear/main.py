"""The wrapper goes backward, and its own step clears the gradients before the optimizer's: nothing is trained."""

# claim: none-grad net.read.weight
import torch

from launch import Launcher
from songs import SongNet

torch.manual_seed(0)
launcher = Launcher(scale=8.0)
net, opt = launcher.prepare(SongNet(), lambda params: torch.optim.SGD(params, lr=0.1))
for _ in range(3):
    notes = torch.randn(7, 5)
    loss = (net(notes) - notes.mean(1, keepdim=True)).pow(2).mean()
    launcher.backward(loss)
    launcher.step(opt)
    print(loss.item())
