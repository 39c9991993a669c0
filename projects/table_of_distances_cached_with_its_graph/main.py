"""The decorated method computes the table from a parameter once and hands out the same one ever after: the second
backward goes through a graph that is freed, and raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from molecules.model import BondNet
from molecules.data import shapes

torch.manual_seed(0)
net = BondNet(atoms=6)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for energy in shapes(3):
    loss = (net(6) - energy).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # todo-expect: GRD152  # raises here
    opt.step()
    print(loss.item())
