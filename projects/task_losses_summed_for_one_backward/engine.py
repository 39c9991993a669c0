import torch
import torch.nn.functional as F


def depth_loss(pred, gt):
    return (pred - gt).abs().mean()


def normal_loss(pred, gt):
    return 1 - F.cosine_similarity(pred, gt, dim=1).mean()


LOSSES = {"seg": F.cross_entropy, "depth": depth_loss, "normal": normal_loss}


def train_one_epoch(model, loader, opt, weights, grad_clip=None):
    seen = {t: 0.0 for t in weights}
    for images, labels in loader:
        opt.zero_grad()
        preds, total = model(images), 0.0
        for task, w in weights.items():
            loss = w * LOSSES[task](preds[task], labels[task])
            total = total + loss
            seen[task] += loss.item()
        total.backward()
        if grad_clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
        opt.step()
    return seen
