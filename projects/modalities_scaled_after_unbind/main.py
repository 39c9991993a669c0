"""The adapter scales a piece of unbind() in place, which autograd refuses at once."""

# claim: raises "a view and is being modified inplace"
import torch
import torch.nn.functional as F

from fusion import FusionNet

torch.manual_seed(0)
net = FusionNet(sensors=3, dim=6)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for it in range(3):
    drive = torch.randn(10, 3, 4)
    steer = drive[:, 0].mean(-1)
    loss = F.smooth_l1_loss(net(drive), steer)  # raises here
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item())
