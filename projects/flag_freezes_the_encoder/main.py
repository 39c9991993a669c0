"""The helper sets requires_grad, and the encoder is frozen."""

# claim: correct
# claim: prints "frozen encoder moved: False"
import torch

import transfer
from wards import WardModel

torch.manual_seed(0)
model = WardModel(vitals=6, outcomes=2)
transfer.freeze(model.encoder)
held = model.encoder.weight.detach().clone()
transfer.tune(model, steps=3)
print("frozen encoder moved:", not torch.equal(held, model.encoder.weight))
