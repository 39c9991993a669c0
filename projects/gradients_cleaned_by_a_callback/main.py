"""The callback cleans the gradients after backward, before the loop's step: nothing is trained."""

# claim: none-grad loop.flow.layers.0.net.0.weight, loop.flow.layers.3.net.2.bias
import torch
from flows import *
from hooks import *
from loop import Loop

torch.manual_seed(0)
grad_norm = GradNorm()
loop = Loop(RealNVP(), 5e-3, hooks=[grad_norm, CleanGrads(), Verbose()])
loop.run(lambda: 0.5 * torch.randn(64, 4) + 1.0, n=5)
print(grad_norm.norms)
