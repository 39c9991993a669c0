"""The in-place sum, division and ReLU write to results that no operator has saved, and the list of layers is put into a
ModuleList.
"""

# claim: correct
import torch
import torch.nn.functional as F

from gnn import SAGE
from gnn.ops import degree_stats


def main():
    torch.manual_seed(0)
    x, edges = torch.randn(40, 9), torch.randint(0, 40, (2, 150))
    y = torch.randint(0, 3, (40,))
    print("degree", degree_stats(edges[1], 40))
    model = SAGE(9, 16, 16, 3)
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(5):
        loss = F.cross_entropy(model(x, edges), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(epoch, loss.item())
    return model


if __name__ == "__main__":
    model = main()
