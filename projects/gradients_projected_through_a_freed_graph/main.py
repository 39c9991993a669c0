"""The graph is not retained for the second task, whose backward goes through the trunk that the first one freed: it
raises.
"""

# claim: raises "backward through the graph a second time"
import torch

import surgery
from quality import Looms

torch.manual_seed(0)
looms = Looms(threads=6)
opt = surgery.Projecting(torch.optim.SGD(looms.parameters(), lr=0.1))
for _ in range(3):
    print([round(v.item(), 3) for v in opt.step(looms.losses(torch.randn(12, 6)))])  # raises here
