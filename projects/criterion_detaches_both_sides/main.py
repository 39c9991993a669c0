"""The criterion detaches the predictions with the targets, so the loss has no graph: backward raises."""

# claim: raises "does not require grad"
import torch

from losses import LOSSES
from tracks import TrackNet

torch.manual_seed(0)
net = TrackNet()
opt = torch.optim.Adam(net.parameters())
criterion = LOSSES["chamfer"]
for _ in range(2):
    seen, true = torch.randn(5, 6, 2), torch.randn(5, 6, 2)
    loss = criterion(net(seen), true)
    opt.zero_grad()
    loss.backward()  # expect: GRD122  # raises here
    opt.step()
