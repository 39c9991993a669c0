"""The loader refills its one buffer when the next batch is asked for, and that is before the backward of this one,
which the first layer has saved: it raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from ingest import Refilled, sources
from seismic import QuakeNet
from work import lookahead_epoch

torch.manual_seed(0)
net = QuakeNet()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
lookahead_epoch(net, Refilled(sources.tremors(4)), opt)  # raises here
