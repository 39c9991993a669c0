import torch

from . import gram as g


def paint(canvas, features, goal, steps):
    opt = torch.optim.Adam([canvas], lr=0.05)
    for _ in range(steps):
        loss = sum((g.gram(f) - t).pow(2).mean() for f, t in zip(features(canvas), goal))
        loss = loss + 1e-3 * (2 * canvas - 1).pow(2).mean() + canvas.pow(2).mean()
        canvas.data.clamp_(0.3, 0.6)  # expect: GRD211
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(loss.item())
