"""The discriminator's loss does not detach the fake, so its backward frees the generator's graph, which the generator's
loss then needs: backward raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from gan.loop import train

torch.manual_seed(0)
print(train([torch.randn(16, 16).tanh() for _ in range(4)], steps=2))  # raises here
