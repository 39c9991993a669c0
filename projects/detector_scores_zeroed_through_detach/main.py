"""The weak scores are zeroed in place through detach(), and the loss has saved them: backward raises."""

# claim: raises "modified by an inplace operation"
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
        print(it, solver.step(*synthetic(4, CFG["model"]["num_classes"])))  # raises here
