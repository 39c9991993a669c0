"""The forward moves the codebook through .data when the product that looked it up has saved it: the encoder's gradients
are silently wrong.
"""

# claim: wrong-gradient coder.enc.0.weight, coder.enc.2.weight
import torch
import torch.nn.functional as F

from vq.models.autoencoder import SoftVQ

torch.manual_seed(0)
coder = SoftVQ(dim=10, codes=8, latent=4)
opt = torch.optim.Adam([p for p in coder.parameters() if p.requires_grad], lr=2e-3)
for step in range(3):
    frames = torch.randn(32, 10)
    out, commit = coder(frames)
    loss = F.mse_loss(out, frames) + 0.25 * commit
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
