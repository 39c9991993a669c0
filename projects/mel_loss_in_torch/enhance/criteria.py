from torch import nn

from . import dsp


class SpectralLoss(nn.Module):
    def __init__(self, weight=0.5):
        super().__init__()
        self.weight = weight
        self.l1 = nn.L1Loss()

    def forward(self, est, ref):
        wave = self.l1(est, ref)
        mel = self.l1(dsp.log_mel(est), dsp.log_mel(ref))
        return wave + self.weight * mel, {"wave": wave.item(), "mel": mel.item()}
