import torch
import torch.nn.functional as F


def tune(model, steps):
    opt = torch.optim.SGD(model.parameters(), lr=0.2)
    for _ in range(steps):
        x = torch.randn(10, 6)
        loss = F.cross_entropy(model(x), (x[:, 0] > 0).long())
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(loss.item())
