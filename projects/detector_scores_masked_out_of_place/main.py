"""The weak scores are masked out of place, and the detector's own stay as they were saved."""

# claim: correct
import torch

from models import TinyDetector
from solver import Solver

CFG = {"model": {"num_classes": 3}, "solver": {"lr": 0.01, "loc_weight": 2.0, "iters": 4}}


def synthetic(n, classes):
    images = torch.randn(n, 3, 32, 32)
    gt = (torch.rand(n, 64, classes) > 0.9).float()
    return images, gt, torch.randn(n, 64, 4)


if __name__ == "__main__":
    torch.manual_seed(0)
    solver = Solver(TinyDetector(**CFG["model"]), CFG)
    for it in range(CFG["solver"]["iters"]):
        print(it, solver.step(*synthetic(4, CFG["model"]["num_classes"])))
