"""The loss is computed with the averaged weights, which the context manager takes away again before backward: the
gradients are silently wrong.
"""

# claim: wrong-gradient net.inner.weight
import torch

from averaging import RunningMean
from tides import gauges
from nets import SurgeNet

torch.manual_seed(0)
net = SurgeNet()
mean = RunningMean(net, decay=0.5)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for past, surge in gauges(4):
    with mean.in_place_of(net):
        loss = (net(past) - surge).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    mean.update(net)
    print(loss.item())
