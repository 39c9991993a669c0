"""The values of a model out of sight are kept without a copy, and used after steps as those of before: they are those of now.

## What it does
Reports what GRD178 reports, where the model or the optimizer is made in another file, or the function is given them; and where
several conditions decide which state is kept. It also reports by their spelling:

- a loop over two models that binds the values of a target, or of an average, to those of the other one;
- a class that averages a model and keeps the model itself, or a table of its values that it changes in place;
- values that are kept without a copy, changed in place in the same round of a loop, and written back later;
- a tensor that a module registers twice, as two buffers, or as a buffer and a parameter.

## Why it is unsafe
`state_dict()`, `detach()` and `.data` give no copies: their tensors share the memory of the parameters. Each `step()` changes
them as well. What is loaded in the end is what the model has already, and the last weights are taken for the best; a term that
is to hold the weights near the old ones is always zero. Nothing is raised.

## Example
```python
from torch.nn import functional as F


def train(model, optimizer, batches):
    best, best_loss = None, float("inf")
    for inputs, targets in batches:
        loss = F.mse_loss(model(inputs), targets)
        if loss.item() < best_loss:
            best, best_loss = model.state_dict(), loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.load_state_dict(best)
```

A caller that trains a model by it:
```python
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(2, 1)
train(model, torch.optim.SGD(model.parameters(), lr=10.0), [(torch.ones(4, 2), torch.ones(4, 1))] * 2)
```

## Use instead
```python
import copy

from torch.nn import functional as F


def train(model, optimizer, batches):
    best, best_loss = None, float("inf")
    for inputs, targets in batches:
        loss = F.mse_loss(model(inputs), targets)
        if loss.item() < best_loss:
            best, best_loss = copy.deepcopy(model.state_dict()), loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.load_state_dict(best)
```

## Fix safety
A copy takes memory, and may be made in another place. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, only loops and classes are reported whose
names tell that one model is to follow another. Where an update binds the average to new values, memory that is shared before
does no harm. A file in which the word `torch` does not occur is not read.

## References
- fixtures/grd278
- torch.nn.Module.state_dict
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import ParameterShared
from flake8_gradsafe.rules import grd178
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training, is_suspect


@rule(
    "snapshot-may-be-an-alias",
    on=grd178.ALIASES,
    claims=Harm.NOT_RESTORED,
    advice=grd178.ADVICE,
)
def check(event: grd178.Alias) -> Diagnosis | None:
    """Report a state that is kept without a copy and loaded after a step, if what is assumed holds."""
    if isinstance(event, ParameterShared) and not assumes_training(event.premises):
        return None  # on another path, the one may have taken the place of the other
    return grd178.report(event) if is_suspect(event.premises) else None
