import torch
import torch.nn.functional as F


def peaks(heat, k=4, floor=0.2):
    """3x3 non-maximum suppression, then the k best places."""
    h = heat.detach().clone()
    h[h < floor] = 0.0
    h.mul_((F.max_pool2d(h, 3, 1, 1) == h).float())
    return h.flatten(1).topk(k, dim=1)


def picture(heat):
    img = heat.detach().amax(1).numpy()
    img -= img.min()
    img /= img.max() + 1e-6
    return img
