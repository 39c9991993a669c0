"""The penalty reads the weights themselves, and anchors them."""

# claim: correct
import torch
import torch.nn.functional as F

from continual.anchors import Anchor
from continual.tasks import permuted_task
from robot import GraspNet

torch.manual_seed(0)
net = GraspNet(sensors=10, grips=3)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
anchor = None
for task in range(3):
    for touch, grip in permuted_task(task, steps=2):
        loss = F.cross_entropy(net(touch), grip)
        if anchor is not None:
            loss = loss + 5.0 * anchor.penalty(net)
        opt.zero_grad()
        loss.backward()
        opt.step()
    anchor = Anchor(net)
    print(task, loss.item())
