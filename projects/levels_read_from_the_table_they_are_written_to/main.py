"""Each level is computed from a view of the table that the next one is written into: backward raises."""

# claim: raises "modified by an inplace operation"
import torch

from smoothing.fit import fit
from smoothing.model import Holt

torch.manual_seed(0)
holt = Holt()
fit(holt, torch.randn(3, 12).cumsum(1), torch.optim.Adam(holt.parameters(), lr=0.05))  # raises here
