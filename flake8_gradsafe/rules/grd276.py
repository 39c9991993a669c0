"""Gradients of a model out of sight are clipped where that changes no step, or while they are scaled.

## What it does
Reports what GRD176 reports, where the model or the optimizer is made in another file, or the function is given them; where it
depends on a setting whether the scaler scales; and where not all could be followed that lies between.

## Why it is unsafe
The step uses gradients that are not clipped, or hardly moves the model. Nothing is raised.

## Example
```python
from torch import nn


def train(model, optimizer, batches):
    for inputs, targets in batches:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), targets).backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
```

A caller that trains a model by it:
```python
import torch

torch.manual_seed(0)
model = nn.Linear(2, 1)
train(model, torch.optim.SGD(model.parameters(), lr=0.1), [(torch.ones(4, 2) * 5, torch.ones(4, 1))])
```

## Use instead
```python
from torch import nn


def train(model, optimizer, batches):
    for inputs, targets in batches:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), targets).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
```

## Fix safety
Where the gradients should be clipped is a matter of the whole loop. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd276
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import EditedInVain
from flake8_gradsafe.rules import grd176
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "gradient-edit-may-be-in-vain",
    on=EditedInVain,
    claims=Harm.EDIT_IN_VAIN,
    advice=(
        grd176.CLIP_BEFORE_THE_STEP,
        grd176.EDIT_BEFORE_THE_STEP,
        grd176.CLIP_IN_THE_HOOK,
        grd176.LIST_THE_PARAMETERS,
        grd176.UNSCALE_FIRST,
    ),
)
def check(event: EditedInVain) -> Diagnosis | None:
    """Report gradients that are clipped where no step is changed by it, if what is assumed holds."""
    return grd176.report(event) if is_suspect(event.premises) else None
