"""The metric takes the sigmoid in place of the logits, which the loss has saved: backward raises."""

# claim: raises "modified by an inplace operation"
import torch

from scans import net as nets
from scans.fit import fit

torch.manual_seed(0)
unet = nets.SliceNet(ch=4)
fit(unet, [(torch.randn(3, 1, 8, 8), (torch.rand(3, 1, 8, 8) > 0.7).float()) for _ in range(2)])  # raises here
