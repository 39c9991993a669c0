"""The climb is taken back in place between the second forward and its backward, which has saved the climbed weights: it
raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from credit import CreditNet, applicants
from sharpness import SAM, train_epoch

torch.manual_seed(0)
net = CreditNet(features=9)
sam = SAM(net.parameters(), torch.optim.SGD, rho=0.05, lr=0.1, momentum=0.9)
for epoch in range(2):
    print(epoch, train_epoch(net, applicants(3, 9), sam))  # raises here
