"""The picture is squared and then clamped through .data before backward, which reads it as it has become: its gradient
is silently wrong.
"""

# claim: wrong-gradient canvas
import torch

from style import describe, paint
from style.features import Features

torch.manual_seed(0)
features = Features()
goal = describe(features, torch.rand(1, 3, 10, 10))
canvas = torch.rand(1, 3, 10, 10).requires_grad_()
paint(canvas, features, goal, steps=3)
