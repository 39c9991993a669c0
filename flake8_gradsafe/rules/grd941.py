"""An in-place write to a tensor that an operator saved, with two premises assumed.

## What it does
Reports what GRD241 reports where two premises are assumed: mostly that an argument requires grad, and that a caller
differentiates the result. Off by default.

## Why it is unsafe
It is not, unless somebody trains through this code: then backward raises "one of the variables needed for gradient
computation has been modified by an inplace operation".

## Example
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def attend(scores, mask):
    weights = torch.softmax(scores, dim=-1)
    weights.masked_fill_(mask, 0.0)
    return weights
```

A caller that differentiates the result:
```python
scores = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
attend(scores, torch.tensor([True, False, False])).pow(2).sum().backward()
```

## Use instead
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def attend(scores, mask):
    weights = torch.softmax(scores, dim=-1)
    weights = weights.masked_fill(mask, 0.0)
    return weights
```

## Fix safety
Safe where the name alone holds the tensor; else unsafe, for whoever else holds it keeps it as it was.

## Limits
With three premises or more, nothing is reported.

## References
- fixtures/grd941
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind, counted
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.modified import ADVICE, MAY_RAISE, modified, out_of_place, overwritten
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "inplace-with-two-premises",
    on=Raised,
    claims=ErrorKind.MODIFIED,
    advice=ADVICE,
    fixes=(OUT_OF_PLACE,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a refusal with two premises."""
    found = modified(event)
    if found is None or found.write.via not in {Via.PLAIN, Via.DATA} or len(counted(event.premises)) != 2:
        return None
    return overwritten(found, event, "overwrites {saved}, in place", MAY_RAISE, out_of_place(found))
