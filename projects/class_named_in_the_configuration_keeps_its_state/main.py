"""The configuration names the class, whose state keeps its graph from one window to the next: the second backward
raises.
"""

# claim: raises "backward through the graph a second time"
import importlib

import torch

CONFIG = {"module": "gauges.recurrent", "class": "Levels", "args": {"rivers": 3, "hidden": 5}}


def make(config):
    module = importlib.import_module(config["module"])
    return getattr(module, config["class"])(**config["args"])


torch.manual_seed(0)
levels = make(CONFIG)
opt = torch.optim.SGD(levels.parameters(), lr=0.05)
for window in torch.randn(3, 4, 6, 3):
    loss = (levels(window[:, :-1]) - window[:, 1:]).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(loss.item())
