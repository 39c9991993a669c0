"""The module that is asked for clips the spectrum out of place."""

# claim: correct
import torch

import spectra

torch.manual_seed(0)
net = spectra.nets.StarNet(lines=6)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(2):
    light = torch.rand(5, 6)
    loss = spectra.scores.poisson(net(light), light)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
