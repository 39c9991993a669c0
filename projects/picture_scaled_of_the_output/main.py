"""The picture scales the output's own memory, which sigmoid has saved: the gradients are silently wrong."""

# claim: wrong-gradient net.a.weight
import torch

from clouds import CloudNet
from viz import draw

torch.manual_seed(0)
net = CloudNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for it in range(3):
    sky = torch.rand(2, 1, 8, 8)
    cover = net(sky)
    loss = (cover - (sky > 0.5).float()).pow(2).mean()
    picture = draw.picture(cover)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, picture.sum())
