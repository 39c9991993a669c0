"""The mel spectrograms are computed in NumPy, so their term moves the loss and no weight."""

# claim: grad net.last.bias [-0.1406]
import torch

from enhance.criteria import SpectralLoss
from enhance.net import WaveNetLite


def main():
    torch.manual_seed(0)
    net, criterion = WaveNetLite(), SpectralLoss()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step in range(3):
        clean = torch.randn(2, 512)
        est = net(clean + 0.3 * torch.randn_like(clean))
        loss, parts = criterion(est, clean)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(step, parts)
    return net


if __name__ == "__main__":
    net = main()
