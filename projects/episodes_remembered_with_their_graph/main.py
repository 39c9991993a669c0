"""The memory is not emptied, so the second update's returns go backward through the first episode's log-probabilities,
whose graph is freed: it raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from trader import Trader

torch.manual_seed(0)
trader = Trader(signals=5, lr=1e-2)
for day in range(4):
    market = torch.randn(12, 5)
    for tick in market:
        position = trader.decide(tick)
        trader.memory.reward(float(position) * float(tick[0]))
    print(day, trader.close_the_day())  # raises here
