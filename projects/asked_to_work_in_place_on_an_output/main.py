"""The helper is asked to work in place on what sigmoid and the loss have saved: backward raises."""

# claim: raises "modified by an inplace operation"
import torch

from corals import CoralNet, reef
from transforms import standardise

torch.manual_seed(0)
net = CoralNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for photo, bleached in reef(3):
    photo = standardise(photo, inplace=True)
    share = net(photo)
    loss = (share - bleached).pow(2).mean()
    shown = standardise(share.detach(), inplace=True)
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(loss.item(), shown.detach().abs().max().item())
