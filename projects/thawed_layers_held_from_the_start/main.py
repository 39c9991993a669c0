"""The optimizer holds every parameter from the start, and passes over those without a gradient until they are thawed."""

# claim: correct
# claim: prints "stem moved: True"
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
