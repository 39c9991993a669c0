"""The callback cleans the gradients after the step."""

# claim: correct
import torch
from flows import *
from hooks import *
from loop import Loop

torch.manual_seed(0)
grad_norm = GradNorm()
loop = Loop(RealNVP(), 5e-3, hooks=[grad_norm, CleanGrads(), Verbose()])
loop.run(lambda: 0.5 * torch.randn(64, 4) + 1.0, n=5)
print(grad_norm.norms)
