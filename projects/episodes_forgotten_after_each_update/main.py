"""The memory is emptied after each update, and with it goes the episode's graph."""

# claim: correct
import torch

from trader import Trader

torch.manual_seed(0)
trader = Trader(signals=5, lr=1e-2)
for day in range(4):
    market = torch.randn(12, 5)
    for tick in market:
        position = trader.decide(tick)
        trader.memory.reward(float(position) * float(tick[0]))
    print(day, trader.close_the_day())
