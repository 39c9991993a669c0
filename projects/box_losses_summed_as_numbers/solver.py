import torch
from torch import nn

import losses


class QueryDetector(nn.Module):
    def __init__(self, feat=24, queries=6, classes=4):
        super().__init__()
        self.query = nn.Parameter(torch.randn(queries, feat) * 0.1)
        self.mix = nn.MultiheadAttention(feat, 2, batch_first=True)
        self.box, self.cls, self.obj = nn.Linear(feat, 4), nn.Linear(feat, classes), nn.Linear(feat, 1)

    def forward(self, mem):
        h, _ = self.mix(self.query.expand(mem.size(0), -1, -1), mem, mem)
        raw = self.box(h)
        box = torch.cat([raw[..., :2].sigmoid(), raw[..., 2:].exp()], -1)
        return box, self.cls(h), self.obj(h).squeeze(-1)


class Solver:
    def __init__(self, cfg):
        self.weights = cfg["weights"]
        self.net = QueryDetector(**cfg["net"])
        self.opt = torch.optim.Adam(self.net.parameters(), lr=cfg["lr"])

    def iterate(self, mem, box, cls, obj):
        pb, pc, po = self.net(mem)
        parts = {"giou": losses.giou_term(pb, box), "cls": losses.cls_term(pc, cls), "obj": losses.obj_term(po, obj)}
        total, log = losses.combine(parts, self.weights)
        self.opt.zero_grad()
        total.backward()
        self.opt.step()
        return log
