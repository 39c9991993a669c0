"""Any other detach_(): x = x.detach() does it without reaching other holders.

## What it does
Reports every `detach_()` for which no other rule speaks. Off by default.

## Why it is unsafe
As it stands, it is not. But it changes the tensor for everybody who holds it; it raises on a view, and it makes
backward raise where an operator saved the tensor.

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
target = w * 2
target.detach_()
((w - target) ** 2).sum().backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
target = w * 2
target = target.detach()
((w - target) ** 2).sum().backward()
```

## Fix safety
Safe where the name alone holds the tensor; else unsafe, for whoever else holds it keeps its graph.

## Limits
None is known.

## References
- torch.Tensor.detach_
- fixtures/grd931
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import DetachedInPlace, Event
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.remedies import REBIND_DETACHED
from flake8_gradsafe.rules.rule import Diagnosis, Rule


def check(event: Event) -> Diagnosis | None:
    """Report any detach_()."""
    if not isinstance(event, DetachedInPlace):
        return None
    return Diagnosis(
        event.place,
        "`{here}` cuts the tensor off from its graph for everybody who holds it",
        advice=USE_DETACH,
    )


RULE = Rule(
    code="GRD931",
    name="detach_-in-place",
    summary="Any other detach_(): x = x.detach() does it without reaching other holders.",
    check=check,
    advice=(USE_DETACH,),
    fix_safety="either",
    remedies=(REBIND_DETACHED,),
)
