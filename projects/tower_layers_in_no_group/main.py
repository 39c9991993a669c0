"""The groups are picked by the prefixes of the configuration, and no optimizer holds the layers of the towers: they
never move.
"""

# claim: prints "towers moved by 0.0"
import torch
import torch.nn.functional as F

import config
from model import TwoTower
from optim import build_optimizer, current_lr


def train(model, data, opt):
    model.train()
    for u, i, y in data:
        loss = F.binary_cross_entropy_with_logits(model(u, i), y)
        model.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    data = [
        (torch.randint(0, config.USERS, (64,)), torch.randint(0, config.ITEMS, (64,)), (torch.randn(64) > 0).float())
        for _ in range(4)
    ]
    model = TwoTower(config.USERS, config.ITEMS, config.DIM)
    opt = build_optimizer(model)  # todo-expect: GRD171
    before = model.tower_user[0].weight.detach().clone()
    for epoch in range(config.EPOCHS):
        print(epoch, train(model, data, opt), current_lr(opt))
    print("towers moved by", (model.tower_user[0].weight - before).abs().max().item())
