"""The terms are summed as tensors, and only the log has numbers."""

# claim: correct
import torch
from solver import Solver

cfg = {"net": {"queries": 6}, "lr": 1e-3, "weights": {"giou": 2.0, "cls": 1.0, "obj": 0.5}}
torch.manual_seed(0)
s = Solver(cfg)
for it in range(4):
    gt = torch.rand(3, 6, 4) + 0.1
    print(it, s.iterate(torch.randn(3, 10, 24), gt, torch.randint(0, 4, (3, 6)), torch.rand(3, 6).round()))
