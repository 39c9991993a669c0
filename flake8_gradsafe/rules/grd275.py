"""Gradients of a model out of sight are cleared for each part of a batch, and the step comes once for several parts.

## What it does
Reports what GRD175 reports, where the model or the optimizer is made in another file, or the function is given them. The
same of a model in sight, where not all rounds could be followed.

## Why it is unsafe
The step uses the gradients of the last part alone. The others are lost, and nothing is raised.

## Example
```python
from torch.nn import functional as F


def train(model, optimizer, batches, accumulation_steps):
    for i, (inputs, targets) in enumerate(batches):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets) / accumulation_steps
        loss.backward()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
```

A caller that trains a model by it:
```python
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(2, 1)
batches = [(torch.ones(4, 2), torch.ones(4, 1)), (torch.zeros(4, 2), torch.ones(4, 1))]
train(model, torch.optim.SGD(model.parameters(), lr=0.1), batches, 2)
```

## Use instead
```python
from torch.nn import functional as F


def train(model, optimizer, batches, accumulation_steps):
    for i, (inputs, targets) in enumerate(batches):
        if i % accumulation_steps == 0:
            optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets) / accumulation_steps
        loss.backward()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
```

## Fix safety
Where the gradients should be cleared is a matter of the whole loop. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd275
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import ClearedTooEarly
from flake8_gradsafe.rules import grd175
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_path, assumes_training, is_suspect


@rule(
    "gradient-may-be-cleared-too-early",
    on=ClearedTooEarly,
    claims=Harm.WRONG_VALUE,
    advice=(grd175.CLEAR_AFTER_THE_STEP,),
)
def check(event: ClearedTooEarly) -> Diagnosis | None:
    """Report gradients that are cleared before the step, of a model that is taken to be trained."""
    if assumes_training(event.premises) or assumes_path(event.premises) or is_suspect(event.premises):
        return grd175.report(event)
    return None
