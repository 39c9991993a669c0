"""The quantizer of another file hands its second level a residual whose derivative is zero: that level's loss trains nothing."""

# claim: prints "second level: 0.0"
import torch
import torch.nn.functional as F
from torch import nn

from quantizer import Residual

torch.manual_seed(0)
encoder, quantizer, decoder = nn.Linear(6, 3), Residual(levels=2, size=5, width=3), nn.Linear(3, 6)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
for _ in range(2):
    wave = torch.randn(8, 6)
    code, commitment = quantizer(encoder(wave))
    loss = F.mse_loss(decoder(code), wave) + 0.1 * commitment
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
second = quantizer.losses(encoder(torch.randn(8, 6)))[1]
print("second level:", round(torch.autograd.grad(second, encoder.weight)[0].abs().max().item(), 5))
