"""The next batch is asked for when the step is done."""

# claim: correct
import torch

from ingest import Refilled, sources
from seismic import QuakeNet
from work import lookahead_epoch

torch.manual_seed(0)
net = QuakeNet()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
lookahead_epoch(net, Refilled(sources.tremors(4)), opt)
