"""The backbone's extract() keeps the graph, and the backbone is trained."""

# claim: correct
import torch

from classifier import create

torch.manual_seed(0)
net = create("residual", n_classes=4, width=10)
opt = torch.optim.SGD(
    [
        {"params": net.backbone.parameters(), "lr": 0.01},
        {"params": net.fc.parameters(), "lr": 0.1},
    ],
    momentum=0.9,
)
ce = torch.nn.CrossEntropyLoss()
for epoch in range(2):
    for _ in range(2):
        xb, yb = torch.randn(8, 3, 12, 12), torch.randint(0, 4, (8,))
        opt.zero_grad()
        loss = ce(net(xb), yb)
        loss.backward()
        opt.step()
    print("epoch", epoch, "loss", loss.item())
