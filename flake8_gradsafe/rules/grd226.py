"""Gradients of a model out of sight are cleared between their backward and the step.

## What it does
Reports what GRD126 reports, where the model or the optimizer is made in another file, or the function is given them:
`zero_grad()` stands between the backward and the step, so that the step never finds a gradient. The same of a model in
sight, where not all could be followed that lies between them.

## Why it is unsafe
The optimizer skips parameters without a gradient, and nothing is raised. The loss stays where it began.

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    loss = F.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.zero_grad()
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
    loss = F.mse_loss(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

## Fix safety
Where the gradients are cleared is a matter of the whole loop. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd226
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import SteppedInVain
from flake8_gradsafe.rules import grd126
from flake8_gradsafe.rules.advice import CLEAR_BEFORE_BACKWARD
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_path, assumes_what_is_granted


@rule("step-may-find-no-gradient", on=SteppedInVain, claims=Harm.NO_GRADIENT, advice=(CLEAR_BEFORE_BACKWARD,))
def check(event: SteppedInVain) -> Diagnosis | None:
    """Report a step that assumes that the model is trained, or that the program takes a path."""
    if assumes_what_is_granted(event.premises) or assumes_path(event.premises):
        return grd126.report(event)
    return None
