"""The helper names zero_grad without calling it, so the gradients of every batch pile up."""

# claim: grad meter.hours.bias [-2.412]
import torch

from loops import epoch
from meterlib import MeterNet, readings

torch.manual_seed(0)
meter = MeterNet()
epoch(meter, readings(3), torch.optim.SGD(meter.parameters(), lr=0.05))
