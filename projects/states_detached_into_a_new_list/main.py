"""The helper makes a new list of detached states."""

# claim: correct
import torch

from heartbeat.data import recordings
from heartbeat.train import follow
from heartbeat.model import BeatNet

torch.manual_seed(0)
net = BeatNet(leads=2, hidden=10)
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
for patient in recordings(2):
    print(follow(net, patient, opt))
