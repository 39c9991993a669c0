"""The function makes a graph where it is not to train: the training's loss has none, and backward raises."""

# claim: raises "does not require grad"
import torch

from phases import epoch
from sails import SailNet

torch.manual_seed(0)
net = SailNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for k in range(2):
    for phase in ("train", "val"):
        print(k, phase, epoch(net, opt, [torch.randn(8, 5) for _ in range(2)], train=phase == "train"))  # raises here
