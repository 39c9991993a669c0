"""When the loss has risen, the best weights are loaded into the model between its forward and its backward, over what
the linear layers saved: backward raises.
"""

# claim: raises "modified by an inplace operation"
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
        rolled_back = keeper.check(model, loss.item())
        optimizer.zero_grad()
        loss.backward()  # raises here
        optimizer.step()
        print(step, round(loss.item(), 3), rolled_back)


if __name__ == "__main__":
    run(CFG)
