"""The quantiser gives back the code plus a detached difference: the values are rounded, and the slope is the code's."""

# claim: correct
import torch

from audio_codec import Codec
from audio_codec.schedule import bits_of

torch.manual_seed(0)
codec = Codec(samples=16, code=6)
opt = torch.optim.Adam(codec.parameters(), lr=1e-2)
for step in range(3):
    frame = torch.randn(10, 16).cumsum(1) * 0.3
    loss = (codec(frame, bits_of(step)) - frame).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
