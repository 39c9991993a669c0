"""The evaluation runs under no_grad, and turns the graph on again for its own attributions."""

# claim: correct
import torch

from clinic.evaluate import report
from clinic.net import BloodNet

torch.manual_seed(0)
net = BloodNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(2):
    x, y = torch.randn(9, 5), torch.randint(0, 2, (9,))
    loss = torch.nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(report(net, x))
