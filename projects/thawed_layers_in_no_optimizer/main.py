"""The optimizer was given what was trainable when it was made, so the layers that the callback thaws later never move."""

# claim: prints "stem moved: False"
import torch

from app import settings
from app.callbacks import Thaw
from app.network import PlantNet
from app.training import run

torch.manual_seed(0)
net = PlantNet()
before = net.stem.weight.detach().clone()
run(net, settings.EPOCHS, [Thaw(net.stem, at=settings.THAW_AT)])
print("stem moved:", not torch.equal(before, net.stem.weight))
