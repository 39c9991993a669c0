"""The hub's weights are loaded before the forward, the graph is retained for the second task, and gradients are clipped
between backward and step.
"""

# claim: correct
import torch

from config import Config
from federation import *
from model import SharedNet

cfg = Config()
torch.manual_seed(0)
hub = SharedNet(7, cfg.tasks)
worker = SharedNet(7, cfg.tasks)
draw = lambda n=16: (torch.randn(n, 7), torch.randn(n), torch.randint(0, 4, (n,)))
for rnd in range(cfg.rounds):
    state = hub.state_dict()
    uploads = []
    for c in range(cfg.clients):
        uploads.append(local_training(worker, state, [draw() for _ in range(cfg.local_steps)], cfg))
    hub.load_state_dict(average(uploads))
    print("round", rnd, score(hub, *draw()[:2]))
