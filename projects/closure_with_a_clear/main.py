"""The closure clears the gradients before its loss goes backward."""

# claim: correct
import torch

from fitting import Fitter
from spectra import PeakModel, measured

torch.manual_seed(0)
curve = PeakModel(peaks=2)
fitter = Fitter(curve, torch.optim.LBFGS(curve.parameters(), lr=0.1, max_iter=4))
energy, counts = measured(60)
for it in range(2):
    print(it, fitter.step(energy, counts))
