"""The quantizer of another file takes the residual from the detached value: both levels' losses train the encoder."""

# claim: correct
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
