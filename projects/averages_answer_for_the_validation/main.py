"""The averaged weights stand in for the validation only, which is done under no_grad when the step is over."""

# claim: correct
import torch

from averaging import RunningMean
from tides import gauges
from nets import SurgeNet

torch.manual_seed(0)
net = SurgeNet()
mean = RunningMean(net, decay=0.5)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for past, surge in gauges(4):
    loss = (net(past) - surge).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    mean.update(net)
    with mean.in_place_of(net), torch.no_grad():
        print(loss.item(), (net(past) - surge).abs().mean().item())
