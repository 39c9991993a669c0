"""The helper divides exp's output in place, and the loss is made of it: backward raises."""

# claim: raises "modified by an inplace operation"
import torch

from chart import shares
from market.model import Market
from market.shares import softmax_

torch.manual_seed(0)
market = Market(firms=5)
opt = torch.optim.Adam(market.parameters(), lr=1e-2)
for _ in range(3):
    ads = torch.rand(7, 5)
    loss = (softmax_(market(ads)) - ads.softmax(-1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(shares(market, ads))
