"""The schedule decays the weights through the optimizer's groups, and is called between forward and backward: the
gradients are silently wrong.
"""

# claim: wrong-gradient net.stem.weight
import torch

from climate.net import HeatNet
from climate.schedule import Schedule

torch.manual_seed(0)
net = HeatNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
schedule = Schedule(opt, decay=0.9, warm=2)
for _ in range(3):
    months = torch.randn(9, 12)
    loss = (net(months) - months[:, -1:]).abs().mean()
    schedule.step()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
