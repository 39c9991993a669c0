import copy

import torch
import torch.nn.functional as F

from model import *


def proximal(net, anchor):
    return 0.5 * sum((p - anchor[k]).square().sum() for k, p in net.named_parameters())


def local_training(net, global_state, batches, cfg):
    net.load_state_dict(global_state)
    anchor = {k: v.detach().clone() for k, v in net.named_parameters()}
    opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=0.5)
    for x, age, site in batches:
        out = net(x)
        opt.zero_grad()
        F.mse_loss(out["age"].squeeze(1), age).backward(retain_graph=True)
        F.cross_entropy(out["site"], site).backward()
        (cfg.mu * proximal(net, anchor)).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        opt.step()
        opt.zero_grad()
    return copy.deepcopy(net.state_dict())


@torch.no_grad()
def average(states):
    return {k: torch.stack([s[k] for s in states]).mean(0) for k in states[0]}


@torch.no_grad()
def score(net, x, age):
    return F.mse_loss(net(x)["age"].squeeze(1), age).item()
