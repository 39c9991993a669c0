"""A model out of sight is stepped or updated between its forward and its backward.

## What it does
Reports what GRD144 reports, where the model or the optimizer is made in another file, or the function is given them: an
optimizer's step, `load_state_dict`, or an update under `no_grad` between a forward of the model and the backward through it.

## Why it is unsafe
The forward has saved the weights, and the update moves their version counter: PyTorch raises "one of the variables needed
for gradient computation has been modified by an inplace operation".

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, others, targets):
    first = F.mse_loss(model(inputs), targets)
    second = F.l1_loss(model(others), targets)
    optimizer.zero_grad()
    first.backward()
    optimizer.step()
    second.backward()
    optimizer.step()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_step(model, optimizer, torch.ones(4, 2), torch.zeros(4, 2), torch.ones(4, 1))
```

## Use instead
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, others, targets):
    first = F.mse_loss(model(inputs), targets)
    second = F.l1_loss(model(others), targets)
    optimizer.zero_grad()
    first.backward()
    second.backward()
    optimizer.step()
```

## Fix safety
Moving a step changes what is computed. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd244
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import grd144
from flake8_gradsafe.rules.advice import COMPUTE_ANEW, STEP_BELOW_BACKWARD, UPDATE_BELOW_BACKWARD
from flake8_gradsafe.rules.graph_of_earlier_round import DETACH_EACH_ROUND
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training


@rule(
    "step-may-break-backward",
    on=Raised,
    claims=ErrorKind.MODIFIED,
    advice=(DETACH_EACH_ROUND, COMPUTE_ANEW, STEP_BELOW_BACKWARD, UPDATE_BELOW_BACKWARD),
)
def check(event: Raised) -> Diagnosis | None:
    """Report a refusal that assumes that the model is trained."""
    if not assumes_training(event.premises, passing=not event.of_earlier_round):
        return None
    return grd144.report(event)
