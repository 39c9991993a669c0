"""The helper detaches each state into the loop's own name, and the states keep their graph: the second chunk's backward
raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from heartbeat.data import recordings
from heartbeat.train import follow
from heartbeat.model import BeatNet

torch.manual_seed(0)
net = BeatNet(leads=2, hidden=10)
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
for patient in recordings(2):
    print(follow(net, patient, opt))  # raises here
