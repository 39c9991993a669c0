"""The training loop moves the codebook after the step."""

# claim: correct
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
    coder.follow(*coder.seen)
    print(step, loss.item())
