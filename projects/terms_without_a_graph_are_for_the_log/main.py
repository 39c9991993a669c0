"""The constants stand in the number for the log, and what goes backward is made of tensors with their graph."""

# claim: correct
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
