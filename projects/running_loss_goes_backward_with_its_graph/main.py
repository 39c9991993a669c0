"""The meter gives back the sum of all losses with their graphs, and the second batch's backward goes through the first
one's, which is freed: it raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from meters import Meter
from omelette import EggNet

torch.manual_seed(0)
egg = EggNet()
opt = torch.optim.Adam(egg.parameters(), lr=1e-2)
meter = Meter()
for _ in range(3):
    pan = torch.rand(7, 4)
    loss = meter(egg(pan).sub(pan.mean(1, keepdim=True)).abs().mean())
    opt.zero_grad()
    loss.backward()  # expect: GRD152  # raises here
    opt.step()
print(meter.mean())
