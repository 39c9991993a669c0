"""A method is named and not called, of what is made out of sight: it has no effect.

## What it does
Reports what GRD164 reports, where the tensor, the module or the optimizer is made in another file, or the function is given
it: `loss.backward`, `x.detach_`, `p.grad.zero_`, and `step` and `zero_grad` of what the function clears or steps besides.

## Why it is unsafe
Python looks the method up and drops it, and nothing is raised. No gradient is computed or cleared.

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.step
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
Once it is called, the training is another. No fix is applied automatically.

## Limits
Objects of other kinds that have a method `backward` or `detach_` are taken for tensors, in a file in which something is
trained. `train` and `eval` are reported of models that the file trains, by their names.

## References
- fixtures/grd264
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.interpreter.events import CallForgotten
from flake8_gradsafe.rules import grd164
from flake8_gradsafe.rules.grd164 import CALL_IT
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_ASSUMED = {Premise.IS_TENSOR: "that this is a tensor", Premise.NAMED: Premise.NAMED.value}


@rule("call-may-be-forgotten", on=CallForgotten, claims=Harm.NO_EFFECT, advice=(CALL_IT,))
def check(event: CallForgotten) -> Diagnosis | None:
    """Report a method of something that is known by what is done with it, or by its name."""
    assumed = [_ASSUMED.get(premise, "") for premise in event.premises]
    return grd164.report(event, f" (assuming {assumed[0]})") if len(assumed) == 1 and assumed[0] else None
