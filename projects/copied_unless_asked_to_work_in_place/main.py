"""The helper copies its argument unless it is asked not to, and only data is given to it in place."""

# claim: correct
import torch

from corals import CoralNet, reef
from transforms import standardise

torch.manual_seed(0)
net = CoralNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for photo, bleached in reef(3):
    photo = standardise(photo, inplace=True)
    share = net(photo)
    shown = standardise(share)
    loss = (share - bleached).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item(), shown.detach().abs().max().item())
