"""The divergence enters the loss as the number that the log shows: it moves the loss, and no weight."""

# claim: grad vae.dec.bias [-0.8242, -2.2802, 0.2561, 1.4383, -0.7745, 1.6921, -0.2708, -0.8503, -0.7398]
import torch

from elbo import Objective
from hives import HiveVAE

torch.manual_seed(0)
vae = HiveVAE(sounds=9, latent=2)
objective = Objective(warm=4)
opt = torch.optim.Adam(vae.parameters(), lr=1e-2)
for _ in range(3):
    hum = torch.randn(11, 9)
    loss, shown = objective(hum, *vae(hum))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(shown)
