"""A listener of the event bus scales the attention in place, which softmax and the product have saved: backward raises."""

# claim: raises "modified by an inplace operation"
import torch
import torch.nn.functional as F

from events import bus
from menus import DishNet
import listeners  # noqa: F401

torch.manual_seed(0)
net = DishNet(plates=14)
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
for it in range(3):
    order, liked = torch.randint(0, 14, (6, 5)), torch.randint(0, 2, (6,)).float()
    loss = F.binary_cross_entropy_with_logits(net(order), liked)
    bus.emit("batch", it)
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
