"""A backward of what detach() or .data cut off from a model that is trained out of sight.

## What it does
Reports what GRD122 reports, where the loss is computed by a model whose code is in another file, or that the function is
given: `backward()` of a loss that `detach()`, `.data`, `item()` or a copy cuts off from the only model that it is computed
with.

## Why it is unsafe
What is left under the loss is data. PyTorch raises "element 0 of tensors does not require grad and does not have a
grad_fn", or, where something else requires grad, the model is never trained.

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    outputs = model(inputs).detach()
    loss = F.mse_loss(outputs, targets)
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
    outputs = model(inputs)
    loss = F.mse_loss(outputs, targets)
    loss.backward()
    optimizer.step()
```

## Fix safety
Removing the cut changes what is trained; no fix is applied.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd222
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import grd122
from flake8_gradsafe.rules.advice import UNCUT
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training


@rule("backward-may-find-no-graph", on=Raised, claims=ErrorKind.NO_GRAD, advice=tuple(UNCUT.values()))
def check(event: Raised) -> Diagnosis | None:
    """Report a refusal that assumes that the model is trained."""
    if not assumes_training(event.premises):
        return None
    return grd122.report(event)
