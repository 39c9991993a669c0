"""The wrapper hands every call on to a copy of the network, and the optimizer holds the network itself: nothing that it
steps is trained.
"""

# claim: none-grad plain.read.weight
import torch

from regression import PriceNet
from serving.wrap import Served

torch.manual_seed(0)
plain = PriceNet()
served = Served(plain)
opt = torch.optim.Adam(plain.parameters(), lr=1e-2)  # expect: GRD171
for _ in range(3):
    wine = torch.rand(10, 6)
    loss = (served(wine) - wine.sum(1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(served.calls, loss.item())
