"""The loss remembers how hard the classes were, with the graph of it: the second backward goes through the first
batch's graph, and raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from hardness import CLASSES, Balanced
from moths import MothNet

torch.manual_seed(0)
net, criterion = MothNet(CLASSES), Balanced(CLASSES)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(3):
    wing, kind = torch.randn(9, 6), torch.randint(0, CLASSES, (9,))
    loss = criterion(net(wing), kind)
    opt.zero_grad()
    loss.backward()  # expect: GRD152  # raises here
    opt.step()
    print(loss.item())
