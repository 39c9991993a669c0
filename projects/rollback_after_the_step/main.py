"""The best weights are loaded after the step, when no graph needs those that they overwrite."""

# claim: correct
import torch
import torch.nn.functional as F

from keeper import BestKeeper
from models import build_model

CFG = {"arch": "bow", "vocab": 60, "classes": 4, "lr": 2.0}


def run(cfg):
    torch.manual_seed(0)
    model = build_model(cfg)
    optimizer = torch.optim.SGD(model.parameters(), lr=cfg["lr"])
    keeper = BestKeeper()
    for step in range(20):
        ids = torch.randint(0, cfg["vocab"], (12, 9))
        label = torch.randint(0, cfg["classes"], (12,))
        loss = F.cross_entropy(model(ids), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rolled_back = keeper.check(model, loss.item())
        print(step, round(loss.item(), 3), rolled_back)
    return model


if __name__ == "__main__":
    model = run(CFG)
