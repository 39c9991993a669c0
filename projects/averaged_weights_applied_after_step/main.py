"""The averaged weights are kept apart, and are swapped in for an evaluation after the step only and out again before
the next forward: no backward meets them.
"""

# claim: correct
import torch
import torch.nn.functional as F

from averaging import ShadowWeights
from zoo import REGISTRY


def accuracy(net, x, y):
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


def main(name="mlp_mixer"):
    torch.manual_seed(0)
    net = REGISTRY[name]()
    shadow = ShadowWeights(net)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    vx, vy = torch.randn(20, 3, 12, 12), torch.randint(0, 4, (20,))
    for step in range(4):
        x, y = torch.randn(10, 3, 12, 12), torch.randint(0, 4, (10,))
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        shadow.update()
        if step % 3 == 2:
            with shadow.applied() as averaged:
                print(step, loss.item(), "ema accuracy", accuracy(averaged, vx, vy))
    return net


net = main()
