from torch import nn

from .quantise import quantise


class Codec(nn.Module):
    def __init__(self, samples, code):
        super().__init__()
        self.enc = nn.Linear(samples, code)
        self.dec = nn.Linear(code, samples)

    def forward(self, frame, bits):
        return self.dec(quantise(self.enc(frame), bits))
