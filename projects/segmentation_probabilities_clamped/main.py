"""The loss clamps the probabilities in place, but they are the very output that the network's sigmoid saved: backward
raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from engine import train_one_epoch
from losses import seg_loss
from model import TinySegNet

torch.manual_seed(0)
data = [(torch.randn(4, 3, 16, 16), (torch.randn(4, 1, 16, 16) > 0).float()) for _ in range(4)]
net = TinySegNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(2):
    print(epoch, train_one_epoch(net, data, opt, seg_loss))  # raises here
