"""The best weights are the model's own tensors, so what is loaded in the end is what the last step left."""

# claim: prints "went back to the best: False"
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
