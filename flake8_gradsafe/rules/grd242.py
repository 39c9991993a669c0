"""A parameter of a model that is trained out of sight is written in place, with grad mode on.

## What it does
Reports what GRD142 reports, where the model's code is in another file, or the function is given the model: an in-place write
to its parameters outside of `no_grad`.

## Why it is unsafe
PyTorch raises "a leaf Variable that requires grad is being used in an in-place operation."

## Example
```python
def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = (model(inputs) - targets).pow(2).mean()
    loss.backward()
    optimizer.step()
    for weight in model.parameters():
        weight.clamp_(-1.0, 1.0)
```

A caller that trains a model by it:
```python
import torch
from torch import nn

model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_step(model, optimizer, torch.ones(4, 2), torch.ones(4, 1))
```

## Use instead
```python
import torch


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = (model(inputs) - targets).pow(2).mean()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for weight in model.parameters():
            weight.clamp_(-1.0, 1.0)
```

## Fix safety
Safe where the written value is made of the parameter's own gradient: that is an update. Else unsafe: under `no_grad` no
gradient passes through the write, which may have been meant to be part of the computation.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported.

## References
- fixtures/grd242
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import grd142
from flake8_gradsafe.rules.fix_kinds import NO_GRAD
from flake8_gradsafe.rules.grd142 import REASONS, UPDATE_OR_COMPUTE
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training


@rule(
    "inplace-on-parameter",
    on=Raised,
    claims=REASONS,
    advice=(UPDATE_OR_COMPUTE,),
    fixes=(NO_GRAD,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a write that is refused if the model is trained."""
    return grd142.report(event) if assumes_training(event.premises) else None
