"""A forward of a model out of sight under no_grad, whose loss goes backward.

## What it does
Reports what GRD151 reports, where the loss is computed by a model whose code is in another file, or that the function is
given: the forward runs with grad mode off, and nothing else under the loss is trained.

## Why it is unsafe
What is left under the loss is data. PyTorch raises "element 0 of tensors does not require grad and does not have a
grad_fn".

## Example
```python
import torch
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    with torch.no_grad():
        outputs = model(inputs)
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
Whether the model was meant to be trained here the linter cannot know. No fix is applied.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd251
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import grd151
from flake8_gradsafe.rules.grd151 import WITH_GRAD_MODE_ON
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training


@rule("backward-may-have-no-graph", on=Raised, claims=ErrorKind.NO_GRAD, advice=(WITH_GRAD_MODE_ON,))
def check(event: Raised) -> Diagnosis | None:
    """Report a refusal that assumes that the model is trained."""
    if not assumes_training(event.premises):
        return None
    return grd151.report(event)
