"""The computed tensor is told to keep its gradient."""

# claim: correct
import torch

from probe import Importance
from recipes import TasteNet

torch.manual_seed(0)
net = TasteNet(foods=15, dim=5)
importance = Importance(net)
recipe = torch.randint(0, 15, (3, 4))
print(importance.of(recipe))
