import torch

from market.shares import softmax_


@torch.no_grad()
def shares(market, ads):
    return softmax_(market(ads)).mean(0).tolist()
