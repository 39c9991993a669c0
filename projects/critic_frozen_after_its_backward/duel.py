import torch
import torch.nn.functional as F
from torch import nn

from judges import Judge
from switches import set_trainable


class Duel:
    def __init__(self, width):
        self.judge = Judge(width)
        self.painter = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, 4))
        self.judge_opt = torch.optim.SGD(self.judge.parameters(), lr=0.1)
        self.painter_opt = torch.optim.SGD(self.painter.parameters(), lr=0.1)

    def round(self, drawings, freeze):
        set_trainable(self.judge, True)
        forged = self.painter(torch.randn(len(drawings), 3))
        judged = F.softplus(-self.judge(drawings)).mean() + F.softplus(self.judge(forged.detach())).mean()
        self.judge_opt.zero_grad()
        judged.backward()
        self.judge_opt.step()
        if freeze:
            set_trainable(self.judge, False)
        fooled = F.softplus(-self.judge(forged)).mean()
        self.painter_opt.zero_grad()
        fooled.backward()
        self.painter_opt.step()
        return judged.item(), fooled.item()
