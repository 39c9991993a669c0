"""Five calls away from the training loop, the weights are pruned through .data after the step."""

# claim: correct
import torch

from plan.build import from_config
from plan.loop import Loop

CONFIG = {"net": {"inp": 5, "dim": 8, "heads": ["left", "right"]}, "prune": {"share": 0.3}}

torch.manual_seed(0)
net = from_config(CONFIG["net"])
Loop(net, CONFIG["prune"]).run([torch.randn(8, 5) for _ in range(3)])
