"""The method computes the table from the parameter in each forward."""

# claim: correct
import torch

from molecules.model import BondNet
from molecules.data import shapes

torch.manual_seed(0)
net = BondNet(atoms=6)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for energy in shapes(3):
    loss = (net(6) - energy).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
