"""One of several views of what a layer out of sight has computed is written in place.

## What it does
Reports what GRD143 reports, where the viewed tensor comes from a layer or a model that is made in another file, and is taken to
be trained: an in-place write to a piece that `chunk`, `split` or `unbind` gave, or to a view that was made under `no_grad`.

## Why it is unsafe
If the layer is trained, PyTorch raises "This view is the output of a function that returns multiple views."

## Example
```python
from torch import nn


class Gate(nn.Module):
    def __init__(self, trunk):
        super().__init__()
        self.trunk = trunk

    def forward(self, x):
        scale, shift = self.trunk(x).chunk(2, dim=-1)
        scale.clamp_(-5.0, 5.0)
        return scale.exp() * x + shift
```

A caller that trains a model by it:
```python
import torch
from torch import nn

gate = Gate(nn.Linear(2, 4))
gate(torch.ones(3, 2)).sum().backward()
```

## Use instead
```python
from torch import nn


class Gate(nn.Module):
    def __init__(self, trunk):
        super().__init__()
        self.trunk = trunk

    def forward(self, x):
        scale, shift = self.trunk(x).chunk(2, dim=-1)
        scale = scale.clamp(-5.0, 5.0)
        return scale.exp() * x + shift
```

## Fix safety
Unsafe: written out of place, the tensor that this is a piece of stays as it was.

## Limits
The names of the file tell which models it trains: their `parameters()` go to an optimizer, they are put into training
mode, or what they compute is differentiated. Of any other model that is out of sight, nothing is reported.

## References
- fixtures/grd243
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import grd143
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.grd143 import ADVICE
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_training


@rule(
    "inplace-on-view-of-a-layer",
    on=Raised,
    claims=tuple(ADVICE),
    advice=tuple(ADVICE.values()),
    fixes=(OUT_OF_PLACE,),
    fix_safety="unsafe",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a write that is refused if the layer is trained."""
    return grd143.report(event) if assumes_training(event.premises) else None
