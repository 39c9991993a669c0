"""The curvature's second autograd.grad frees the graph, and the loss's own backward raises."""

# claim: raises "backward through the graph a second time"
import torch
import torch.nn.functional as F

from landscape import hessian as hs
from molluscs import ShellNet

torch.manual_seed(0)
net = ShellNet()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for it in range(3):
    shell, kind = torch.randn(8, 5), torch.randint(0, 3, (8,))
    loss = F.cross_entropy(net(shell), kind)
    print(it, hs.sharpness(loss, list(net.parameters())))
    opt.zero_grad()
    loss.backward()  # expect: GRD152  # raises here
    opt.step()
