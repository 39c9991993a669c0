"""Each copy has an optimizer of its own."""

# claim: correct
# claim: prints "members moved: True"
import torch

from bagging import Bag
from turbines import PowerCurve, winds

torch.manual_seed(0)
bag = Bag(PowerCurve(width=8), members=2, lr=0.1)
start = [member.out.bias.detach().clone() for member in bag.members]
for speed, power in winds(3):
    print(bag.learn(speed, power))
print("members moved:", any(not torch.equal(s, m.out.bias) for s, m in zip(start, bag.members)))
