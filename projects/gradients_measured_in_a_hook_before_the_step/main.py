"""The hook after backward only measures and clips the gradients, and the next round clears them."""

# claim: correct
import torch

from digits import DigitLoop, DigitNet


def batches(n):
    for _ in range(n):
        yield torch.randn(16, 1, 12, 12), torch.randint(0, 10, (16,))


torch.manual_seed(0)
net = DigitNet()
loop = DigitLoop(net, torch.optim.SGD(net.parameters(), lr=0.1))
for epoch in range(2):
    print(epoch, loop.iterate(batches(2)), "grad norm", loop.norm_meter.mean)
