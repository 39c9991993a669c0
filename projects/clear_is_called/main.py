"""The helper calls zero_grad before backward."""

# claim: correct
import torch

from loops import epoch
from meterlib import MeterNet, readings

torch.manual_seed(0)
meter = MeterNet()
epoch(meter, readings(3), torch.optim.SGD(meter.parameters(), lr=0.05))
