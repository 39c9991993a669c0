import torch
import torch.nn.functional as F

from utils import boxes as box_ops


class Solver:
    def __init__(self, net, cfg):
        self.net = net
        self.cfg = cfg
        self.optim = torch.optim.SGD(net.parameters(), lr=cfg["solver"]["lr"], momentum=0.9)
        self.history = []

    def criterion(self, out, gt_cls, gt_delta):
        hit = F.binary_cross_entropy(out["scores"], gt_cls)
        pos = gt_cls.amax(-1, keepdim=True)
        loc = (F.smooth_l1_loss(out["deltas"], gt_delta, reduction="none") * pos).sum() / pos.sum().clamp(min=1)
        return hit + self.cfg["solver"]["loc_weight"] * loc

    def step(self, images, gt_cls, gt_delta):
        self.optim.zero_grad()
        out = self.net(images)
        loss = self.criterion(out, gt_cls, gt_delta)
        # how many confident boxes are there at the moment?
        val, _, _ = box_ops.top_candidates(out["scores"].detach(), box_ops.decode(out["deltas"].detach()))
        self.history.append((val > 0).float().mean().item())
        loss.backward()
        self.optim.step()
        return loss.item()
