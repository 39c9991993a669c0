"""An in-place write to a tensor that an operator saved, with two premises assumed.

## What it does
Reports what GRD241 reports where two premises are assumed: mostly that an argument requires grad, and that a caller
differentiates the result. Off by default.

## Why it is unsafe
It is not, unless somebody trains through this code: then backward raises "modified by an inplace operation".

## Example
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def attend(scores, mask):
    weights = torch.softmax(scores, dim=-1)
    weights.masked_fill_(mask, 0.0)
    return weights
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
Three premises are too many: nothing is said.

## References
- fixtures/grd941
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Event
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.modified import modified, overwritten
from flake8_gradsafe.rules.remedies import OUT_OF_PLACE
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a refusal with two premises."""
    found = modified(event)
    if found is None or found.write.via is not Via.PLAIN or len(event.premises) != 2:
        return None
    return overwritten(
        found, event, "overwrites {saved}, in place", "a backward would raise RuntimeError", wording.REBIND
    )


RULE = Rule(
    code="GRD941",
    name="inplace-with-two-premises",
    summary="An in-place write to a tensor that an operator saved, with two premises assumed.",
    check=check,
    fix_safety="either",
    remedies=(OUT_OF_PLACE,),
)
