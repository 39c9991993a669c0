"""The last level is kept in a tensor of its own, and the table is only written."""

# claim: correct
import torch

from smoothing.fit import fit
from smoothing.model import Holt

torch.manual_seed(0)
holt = Holt()
fit(holt, torch.randn(3, 12).cumsum(1), torch.optim.Adam(holt.parameters(), lr=0.05))
