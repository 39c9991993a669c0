"""Both steps take the code detached, and the encoder that the optimizer steps never gets a gradient."""

# claim: none-grad encoder.0.weight
import torch

from labels import label_step
from reconstruct import code_step
from whales import parts

torch.manual_seed(0)
encoder, decoder, classifier = parts(calls=10, code=4, kinds=3)
opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters(), *classifier.parameters()], lr=1e-2)
for _ in range(3):
    calls, kind = torch.randn(12, 10), torch.randint(0, 3, (12,))
    opt.zero_grad()
    print(code_step(encoder, decoder, calls), label_step(encoder, classifier, calls, kind))
    opt.step()
