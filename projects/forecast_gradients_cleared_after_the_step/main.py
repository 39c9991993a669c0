"""The hook before the step clips the gradients, and the one after it clears them."""

# claim: correct
import torch

from core import TCN, Trainer

SETTINGS = dict(lr=3e-3, clip=1.0)

if __name__ == "__main__":
    torch.manual_seed(0)
    walks = torch.randn(3, 8, 1, 48).cumsum(-1) * 0.2
    run = Trainer(TCN(8), **SETTINGS)
    run.fit(list(walks), epochs=2)
