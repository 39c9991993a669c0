import torch
from torch import nn

backbone, head = nn.Linear(8, 8), nn.Linear(8, 2)
for parameter in backbone.parameters():
    parameter.requires_grad = False
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)

loss = head(torch.relu(backbone(torch.randn(4, 8)))).square().mean()
loss.backward()
optimizer.step()
