"""The property gives the kernel's data, which the forward computes with: the kernel that the optimizer steps is never
trained.
"""

# claim: none-grad blur.raw
import torch
import torch.nn.functional as F

from optics.kernels import Kernel
from optics.cameras import Camera

torch.manual_seed(0)
blur = Kernel(size=5)
camera = Camera(blur)
opt = torch.optim.SGD(camera.parameters(), lr=0.1)
for _ in range(3):
    scene = torch.rand(3, 1, 9, 9)
    taken = F.avg_pool2d(scene, 3, 1, 1)
    loss = (camera(scene) - taken).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
