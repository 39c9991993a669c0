"""The augmentation silences frames in place in relu's output, which relu has saved: backward raises."""

# claim: raises "modified by an inplace operation"
import torch
import torch.nn.functional as F

from speech import augment as aug
from speech.net import CommandNet

torch.manual_seed(0)
net = CommandNet(bands=8, words=4)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(3):
    mel, word = torch.randn(5, 8, 14), torch.randint(0, 4, (5,))
    aug.silence(mel, 3)
    loss = F.cross_entropy(net(mel, augment=True), word)
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(loss.item())
