"""A model out of sight that an optimizer steps, cut off from every loss.

## What it does
Reports what GRD125 reports, where the model's code is in another file, or the function is given the model: a cut that keeps
the gradients of every loss from its parameters, although an optimizer steps them. In a module's forward it reports `.data`
that keeps gradients from the module's own parameters, or its layers', in all that the forward returns, and `detach()` behind
new layers of the module whose outputs go nowhere else; so it does of new layers that are run with grad mode off together with
what the module has loaded. The same of a model in sight, where not all of the paths that come by could be followed.

## Why it is unsafe
The optimizer skips parameters without a gradient, and nothing is raised. The model keeps its first weights.

## Example
```python
import torch


def train_step(encoder, head, optimizer, inputs, targets):
    optimizer.zero_grad()
    features = encoder(inputs).detach()
    loss = (head(features) - targets).pow(2).mean()
    loss.backward()
    optimizer.step()


def train(encoder, head, batches):
    optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
    for inputs, targets in batches:
        train_step(encoder, head, optimizer, inputs, targets)
```

A caller that trains a model by it:
```python
import torch
from torch import nn

encoder, head = nn.Linear(2, 3), nn.Linear(3, 1)
batches = [(torch.ones(4, 2), torch.ones(4, 1))]
train(encoder, head, batches)
```

## Use instead
```python
import torch


def train_step(encoder, head, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = (head(encoder(inputs)) - targets).pow(2).mean()
    loss.backward()
    optimizer.step()


def train(encoder, head, batches):
    optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
    for inputs, targets in batches:
        train_step(encoder, head, optimizer, inputs, targets)
```

## Fix safety
Whether the cut or the optimizer's list is wrong the linter cannot know. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A
file in which the word `torch` does not occur is not read.

## References
- fixtures/grd225
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import NeverTrained
from flake8_gradsafe.rules import grd125
from flake8_gradsafe.rules.advice import TRAIN_OR_LEAVE_OUT
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_what_is_granted, is_suspect


@rule(
    "model-may-never-be-trained", on=NeverTrained, claims=Harm.NEVER_TRAINED, advice=tuple(TRAIN_OR_LEAVE_OUT.values())
)
def check(event: NeverTrained) -> Diagnosis | None:
    """Report a cut that assumes that the model behind it is trained."""
    in_forward = event.step is None and is_suspect(event.premises)
    if not in_forward and not assumes_what_is_granted(event.premises):
        return None
    return grd125.report(event)
