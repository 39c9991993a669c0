"""The gradients of two batches are clipped, stepped and cleared, the tables are projected after the step, and the two
groups hold every parameter.
"""

# claim: correct
import torch

from engine import build_optimizer, train
from models import build_model

CFG = {"model": "deepfm", "fields": [20, 15, 30], "dim": 6}


def main():
    torch.manual_seed(0)
    loader = [
        (torch.stack([torch.randint(0, n, (32,)) for n in CFG["fields"]], 1), (torch.randn(32) > 0).float())
        for _ in range(6)
    ]
    model = build_model(CFG)
    opt = build_optimizer(model, 1e-2)
    for epoch in range(2):
        print(epoch, train(model, loader, opt))
    return model


if __name__ == "__main__":
    model = main()
