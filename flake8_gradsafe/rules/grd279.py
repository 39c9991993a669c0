"""The derivative of what a model out of sight is trained with may be zero by algebra.

## What it does
Reports what GRD179 reports, where that assumes something: that a model which is made out of sight is trained, that the scores
given to `cross_entropy` have two axes, or that the program takes a path. It reports a sum in the forward of a module as well
that takes away again what it adds, such as `x + (q - x)`: no gradient passes to `x`, where the straight-through output
`x + (q - x).detach()` would hand it on.

## Why it is unsafe
Backward runs and every `.grad` is there: it is zero, or has nothing of that term. Nothing is raised.

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, images):
    optimizer.zero_grad()
    restored = model(images)
    loss = F.mse_loss(restored, restored)
    loss.backward()
    optimizer.step()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

model = nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_step(model, optimizer, torch.ones(4, 2))
gradient = model.bias.grad.clone()
```

## Use instead
```python
from torch.nn import functional as F


def train_step(model, optimizer, images):
    optimizer.zero_grad()
    restored = model(images)
    loss = F.mse_loss(restored, images)
    loss.backward()
    optimizer.step()
```

## Fix safety
What was meant instead the linter cannot know. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported.

## References
- fixtures/grd279
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import GradientVanishes
from flake8_gradsafe.rules import grd179
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "gradient-may-vanish",
    on=GradientVanishes,
    claims=Harm.ZERO_GRADIENT,
    advice=(*dict.fromkeys(grd179.VANISHING_ADVICE.values()), grd179.DETACH_THE_DIFFERENCE),
)
def check(event: GradientVanishes) -> Diagnosis | None:
    """Report an operator through which nothing but zeros are passed, if what is assumed holds."""
    return grd179.report(event) if is_suspect(event.premises) else None
