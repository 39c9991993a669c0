"""The hook of the base class clears the gradients, and the subclass calls it between backward and step: nothing is
trained.
"""

# claim: none-grad run.model.inp.weight, run.model.out.bias
import torch

from core import TCN, Trainer

SETTINGS = dict(lr=3e-3, clip=1.0)

if __name__ == "__main__":
    torch.manual_seed(0)
    walks = torch.randn(3, 8, 1, 48).cumsum(-1) * 0.2
    run = Trainer(TCN(8), **SETTINGS)
    run.fit(list(walks), epochs=2)
