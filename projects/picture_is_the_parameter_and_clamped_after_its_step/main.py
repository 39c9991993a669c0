"""The picture is what is optimised, and is clamped through .data after each step."""

# claim: correct
import torch

from style import describe, paint
from style.features import Features

torch.manual_seed(0)
features = Features()
goal = describe(features, torch.rand(1, 3, 10, 10))
canvas = torch.rand(1, 3, 10, 10).requires_grad_()
paint(canvas, features, goal, steps=3)
