"""The initialiser writes the parameters in place with the grad mode on, which PyTorch refuses at once."""

# claim: raises "a leaf Variable that requires grad is being used in an in-place operation"
import torch

from forest import inits
from forest.fires import FireNet

torch.manual_seed(0)
net = FireNet()
inits.shrink(net, 0.1)  # raises here
opt = torch.optim.Adam(net.parameters())
for _ in range(2):
    loss = net(torch.randn(8, 4)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
