"""A term of a loss that is cut off from a model that is trained out of sight.

## What it does
Reports what GRD128 reports, where the term is computed by a model whose code is in another file, or that the function is
given. The same of a term of the loss that a loss function, or the forward of a loss's class, gives back to its caller; and of a
model in sight, where not all of the paths that come by could be followed.

## Why it is unsafe
The term counts in the loss that is printed, and the gradient knows nothing of it. Nothing is raised.

## Example
```python
from torch.nn import functional as F


def train_step(model, optimizer, inputs, targets):
    optimizer.zero_grad()
    outputs = model(inputs)
    fit = F.mse_loss(outputs, targets)
    penalty = 0.1 * outputs.abs().mean()
    loss = fit + penalty.item()
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
    fit = F.mse_loss(outputs, targets)
    penalty = 0.1 * outputs.abs().mean()
    loss = fit + penalty
    loss.backward()
    optimizer.step()
```

## Fix safety
Without the cut, other gradients are computed. No fix is applied automatically.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported. A function gives
back a loss if its name, or that of its class, has `loss`, `criterion`, `objective` or `elbo` in it. What such a function
computes only of arguments that are named as targets is taken for a constant, and what a function that it calls cuts off is
left to the training in sight. A file in which the word `torch` does not occur is not read.

## References
- fixtures/grd228
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import ConstantTerm
from flake8_gradsafe.rules import grd128
from flake8_gradsafe.rules.grd128 import TERM_ADVICE
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_what_is_granted


@rule("loss-term-may-have-no-gradient", on=ConstantTerm, claims=Harm.WRONG_VALUE, advice=TERM_ADVICE)
def check(event: ConstantTerm) -> Diagnosis | None:
    """Report a term that has no gradient if the model is trained."""
    return grd128.report(event) if assumes_what_is_granted(event.premises) else None
