"""A model out of sight is frozen between its forward and its backward.

## What it does
Reports what GRD135 reports, where the model's code is in another file, or the function is given the model:
`requires_grad_(False)` or `requires_grad = False` on its parameters after a forward, and a backward through that forward below.

## Why it is unsafe
Backward computes the gradients and drops them, because the parameters no longer require grad when they arrive. Nothing is
raised.

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs), targets)
    model.requires_grad_(False)
    loss.backward()
    model.requires_grad_(True)
    optimizer.step()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_step(model, optimizer, torch.ones(4, 2), torch.ones(4, 1))
```

## Use instead
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.step()
```

## Fix safety
Whether the freezing belongs above the forward or below the backward, the linter cannot know. No fix is applied
automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd235
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Frozen
from flake8_gradsafe.rules import grd135
from flake8_gradsafe.rules.grd135 import FREEZE_ELSEWHERE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training


@rule(
    "model-frozen-before-backward",
    on=Frozen,
    claims=(Harm.LOST_GRADIENT, Harm.DROPPED_GRADIENT),
    advice=(FREEZE_ELSEWHERE,),
)
def check(event: Frozen) -> Diagnosis | None:
    """Report a loss of gradients that assumes that the model is trained."""
    if not assumes_training(event.premises):
        return None
    return grd135.report(event)
