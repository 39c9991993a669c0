"""The importance is read from the gradient of a computed tensor, which keeps none."""

# claim: none-grad importance.felt
import torch

from probe import Importance
from recipes import TasteNet

torch.manual_seed(0)
net = TasteNet(foods=15, dim=5)
importance = Importance(net)
recipe = torch.randint(0, 15, (3, 4))
print(importance.of(recipe))
