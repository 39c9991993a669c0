"""The losses come from another file as a pair, and only the first of them is differentiated."""

# claim: none-grad net.masks.weight, net.masks.bias
import torch

from segment import Segmenter, losses

torch.manual_seed(0)
net = Segmenter()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(2):
    class_loss, mask_loss = losses(net, torch.randn(4, 6), torch.randint(0, 3, (4,)), torch.rand(4, 6))
    optimizer.zero_grad()
    class_loss.backward()
    optimizer.step()
    print(f"classes {class_loss.item():.2f}, masks {mask_loss.item():.2f}")
