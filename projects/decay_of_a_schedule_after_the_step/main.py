"""The schedule decays the weights after the optimizer's step."""

# claim: correct
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
    opt.zero_grad()
    loss.backward()
    opt.step()
    schedule.step()
    print(loss.item())
