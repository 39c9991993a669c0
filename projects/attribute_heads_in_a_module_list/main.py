"""The heads stand in a ModuleList, which registers each of them."""

# claim: correct
import torch
import torch.nn as nn
import torch.nn.functional as F

import nets.heads as heads
import nets.trunk as trunk


class FaceModel(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.trunk = trunk.Trunk()
        self.heads = heads.AttributeHeads(self.trunk.out, sizes)

    def forward(self, x):
        return self.heads(self.trunk(x))


torch.manual_seed(0)
sizes = (2, 5, 3)
model = FaceModel(sizes)
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(2):
    x = torch.randn(8, 1, 10, 10)
    labels = [torch.randint(0, n, (8,)) for n in sizes]
    loss = sum(F.cross_entropy(o, t) for o, t in zip(model(x), labels))
    opt.zero_grad()
    loss.backward()
    opt.step()
print("attributes", len(sizes), "loss", loss.item())
