"""The best weights are copied, and are what is loaded in the end."""

# claim: correct
# claim: prints "went back to the best: True"
import torch

from patience import EarlyStop
from rents import RentNet, flats

torch.manual_seed(0)
net = RentNet()
stop = EarlyStop(net)
opt = torch.optim.SGD(net.parameters(), lr=1.5)
rows, rent = flats(40)
for epoch in range(6):
    loss = (net(rows) - rent).pow(2).mean()
    stop.look(loss.item())
    opt.zero_grad()
    loss.backward()
    opt.step()
stop.go_back()
again = (net(rows) - rent).pow(2).mean().item()
print("went back to the best:", abs(again - stop.least) < 1e-6)
