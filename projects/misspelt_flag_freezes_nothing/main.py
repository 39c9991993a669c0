"""The helper sets a misspelt flag, which PyTorch takes for a new attribute: what was to be frozen goes on training."""

# claim: prints "frozen encoder moved: True"
import torch

import transfer
from wards import WardModel

torch.manual_seed(0)
model = WardModel(vitals=6, outcomes=2)
transfer.freeze(model.encoder)
held = model.encoder.weight.detach().clone()
transfer.tune(model, steps=3)
print("frozen encoder moved:", not torch.equal(held, model.encoder.weight))
