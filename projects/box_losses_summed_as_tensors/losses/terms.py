import torch
import torch.nn.functional as F


def giou_term(pred, gt):
    """boxes as (cx, cy, w, h), w and h > 0"""
    a1, a2 = pred[..., :2] - pred[..., 2:] / 2, pred[..., :2] + pred[..., 2:] / 2
    b1, b2 = gt[..., :2] - gt[..., 2:] / 2, gt[..., :2] + gt[..., 2:] / 2
    inter = (torch.min(a2, b2) - torch.max(a1, b1)).clamp(min=0).prod(-1)
    union = pred[..., 2:].prod(-1) + gt[..., 2:].prod(-1) - inter
    hull = (torch.max(a2, b2) - torch.min(a1, b1)).prod(-1)
    return (1 - inter / union + (hull - union) / hull).mean()


def cls_term(logits, gt):
    return F.cross_entropy(logits.flatten(0, 1), gt.flatten())


def obj_term(logits, gt):
    return F.binary_cross_entropy_with_logits(logits, gt)
