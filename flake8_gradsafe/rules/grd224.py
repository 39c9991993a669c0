"""The loss of a model that is trained out of sight is made a leaf of its own before it is differentiated.

## What it does
Reports what GRD124 reports, where the loss is computed by a model whose code is in another file, or that the function is
given: a new leaf is made of the loss, by `requires_grad_()`, `Variable`, or `torch.tensor(loss, requires_grad=True)`. The
same of a model in sight, where not all could be followed that lies between.

## Why it is unsafe
Backward ends at the new leaf, and the model gets no gradient. Nothing is raised.

## Example
```python
import torch
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs), targets)
    loss = torch.tensor(loss, requires_grad=True)
    loss.backward()
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
No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd224
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Rewrapped
from flake8_gradsafe.rules import grd124
from flake8_gradsafe.rules.grd124 import DIFFERENTIATE_IT_ITSELF
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_path, assumes_what_is_granted


@rule("loss-may-be-rewrapped", on=Rewrapped, claims=Harm.NO_GRADIENT, advice=(DIFFERENTIATE_IT_ITSELF,))
def check(event: Rewrapped) -> Diagnosis | None:
    """Report a leaf that keeps gradients from a model, if that is trained, or if the program takes a path."""
    suspected = assumes_what_is_granted(event.premises) or assumes_path(event.premises)
    return grd124.report(event) if suspected else None
