import torch


def decode(deltas, stride=4.0):
    xy = deltas[..., :2] * stride
    wh = deltas[..., 2:].clamp(max=4).exp() * stride
    return torch.cat([xy - wh / 2, xy + wh / 2], dim=-1)


def top_candidates(scores, boxes, thr=0.5, k=5):
    """Best k boxes of every image; all below the threshold count as nothing."""
    scores = scores.masked_fill(scores < thr, 0.0)
    best, label = scores.max(dim=-1)
    val, idx = best.topk(k, dim=1)
    return val, label.gather(1, idx), boxes.gather(1, idx[..., None].expand(-1, -1, 4))
