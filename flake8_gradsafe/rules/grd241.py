"""An in-place write to a tensor that an operator saved, with one premise assumed.

## What it does
Reports an in-place operator on a tensor that another operator saved for backward, where one premise is assumed: mostly
that a caller differentiates what is returned.

## Why it is unsafe
The write moves the version counter, and the caller's backward raises "one of the variables needed for gradient
computation has been modified by an inplace operation", far from here.

## Example
```python
import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        gate = torch.sigmoid(x)
        gate.mul_(2.0)
        return gate
```

A caller that differentiates the result:
```python
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
Gate()(x).sum().backward()
```

## Use instead
```python
import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        gate = torch.sigmoid(x)
        gate = gate * 2.0
        return gate
```

## Fix safety
Safe where the name alone holds the tensor; else unsafe, for whoever else holds it keeps it as it was.

## Limits
Outside a module's forward, a tensor that may or may not require grad is a premise of its own, and the finding is
GRD941.

## References
- fixtures/grd241
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.modified import ADVICE, MAY_RAISE, modified, out_of_place, overwritten
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import is_suspect


@rule(
    "inplace-may-break-backward",
    on=Raised,
    claims=ErrorKind.MODIFIED,
    advice=ADVICE,
    fixes=(OUT_OF_PLACE,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a refusal with one premise."""
    found = modified(event)
    if found is None or found.write.via not in {Via.PLAIN, Via.DATA} or not is_suspect(event.premises):
        return None
    if found.is_update and Premise.TRAINED in event.premises:
        return None
    return overwritten(found, event, "overwrites {saved}, in place", MAY_RAISE, out_of_place(found))
