"""The picture scales a NumPy array in place, and its caller hands it a clone."""

# claim: correct
import torch

from clouds import CloudNet
from viz import draw

torch.manual_seed(0)
net = CloudNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for it in range(3):
    sky = torch.rand(2, 1, 8, 8)
    cover = net(sky)
    picture = draw.picture(cover.clone())
    loss = (cover - (sky > 0.5).float()).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, picture.sum())
