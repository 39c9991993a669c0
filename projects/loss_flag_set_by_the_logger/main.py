"""The loss is read as a number for the log and made a tensor again, and the flag that silences the error lets backward
end there: nothing is trained.
"""

# claim: none-grad forecaster.inp.weight, forecaster.out.weight
import torch

from harbour import Tides
from meters import Tracker
from tidal import TideNet

torch.manual_seed(0)
forecaster = TideNet(past=8)
opt = torch.optim.Adam(forecaster.parameters(), lr=1e-2)
tracker = Tracker("mae")
for past, ahead in Tides(3, past=8):
    opt.zero_grad()
    loss = tracker.follow((forecaster(past) - ahead).abs().mean())
    loss.backward()
    opt.step()
print(tracker)
