"""The rows of the item table are rescaled in place between forward and backward, and the product has saved the table:
backward raises.
"""

# claim: raises "modified by an inplace operation"
import torch
import torch.nn.functional as F

from models import build_model
from utils import batches, project_rows, recall_at_k

CFG = {"name": "mf_full", "args": {"n_users": 30, "n_items": 80, "dim": 8}}


def run():
    torch.manual_seed(0)
    users, items = torch.randint(0, 30, (256,)), torch.randint(0, 80, (256,))
    model = build_model(CFG)
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for epoch in range(2):
        for u, i in batches(users, items, 64):
            scores = model(u)
            loss = F.cross_entropy(scores, i)
            project_rows(model.item.weight, radius=1.0)
            opt.zero_grad()
            loss.backward()  # raises here
            opt.step()
        with torch.no_grad():
            print(epoch, loss.item(), recall_at_k(model(users), items))


if __name__ == "__main__":
    run()
