import torch

from . import gram as g


def paint(canvas, features, goal, steps):
    opt = torch.optim.Adam([canvas], lr=0.05)
    for _ in range(steps):
        loss = sum((g.gram(f) - t).pow(2).mean() for f, t in zip(features(canvas), goal))
        loss = loss + 1e-3 * (canvas[..., 1:] - canvas[..., :-1]).abs().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        canvas.data.clamp_(0, 1)
        print(loss.item())
