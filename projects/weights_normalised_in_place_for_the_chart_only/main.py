"""The helper divides exp's output in place, and the only file that calls it does so under no_grad."""

# claim: correct
import torch

from chart import shares
from market.model import Market

torch.manual_seed(0)
market = Market(firms=5)
opt = torch.optim.Adam(market.parameters(), lr=1e-2)
for _ in range(3):
    ads = torch.rand(7, 5)
    loss = (market(ads) - ads.log_softmax(-1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(shares(market, ads))
