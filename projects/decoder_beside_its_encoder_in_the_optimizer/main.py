"""The optimizer is given both."""

# claim: correct
# claim: prints "decoder moved: True"
import torch

from craters import zoo
from craters.fit import fit

torch.manual_seed(0)
encoder, decoder = zoo.make("pair", pixels=16, code=3)
drawn = decoder.weight.detach().clone()
fit(encoder, decoder, torch.rand(3, 12, 16), lr=1e-2)
print("decoder moved:", not torch.equal(drawn, decoder.weight))
