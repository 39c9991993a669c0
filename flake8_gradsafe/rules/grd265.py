"""An attribute that PyTorch has under another name is set on a parameter of a model that is made out of sight.

## What it does
Reports what GRD165 reports, where the model is made in another file, or the function is given it: of the parameters that a
loop over its `parameters()` or `named_parameters()` binds, and of models that the file trains.

## Why it is unsafe
Tensors and modules take attributes of any name, and nothing is raised. What was meant to be frozen goes on training.

## Example
```python
from torch.nn import functional as F


def train_head(model, optimizer, inputs, targets):
    for p in model.encoder.parameters():
        p.require_grad = False
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.step()
```

A caller that trains a model by it:
```python
from collections import OrderedDict

import torch
from torch import nn

model = nn.Sequential(OrderedDict(encoder=nn.Linear(2, 3), head=nn.Linear(3, 1)))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_head(model, optimizer, torch.ones(4, 2), torch.ones(4, 1))
```

## Use instead
```python
from torch.nn import functional as F


def train_head(model, optimizer, inputs, targets):
    for p in model.encoder.parameters():
        p.requires_grad = False
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.step()
```

## Fix safety
The training may have been tuned with the flags as they are. No fix is applied automatically.

## Limits
Where nothing tells that it is a parameter or a model, nothing is reported.

## References
- fixtures/grd265
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.events import Misspelt
from flake8_gradsafe.rules import grd165
from flake8_gradsafe.rules.grd165 import SPELLING_ADVICE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("flag-may-be-misspelt", on=Misspelt, claims=Harm.NO_EFFECT, advice=SPELLING_ADVICE)
def check(event: Misspelt) -> Diagnosis | None:
    """Report an attribute of what is taken for a parameter or a model."""
    if event.premises != {Premise.NAMED}:
        return None
    return grd165.report(event, f" (assuming {Premise.NAMED.value})")
