"""Any other detach_(): x = x.detach() does it without reaching other holders.

## What it does
Reports every `detach_()` for which no other rule speaks. Off by default.

## Why it is unsafe
It is not, as it stands. But it changes the object for everybody who holds it, is refused on views, and is refused at backward
where an operator saved the tensor.

## Example
```python
import torch

target = torch.ones(3, requires_grad=True) * 2
target.detach_()
```

## Use instead
```python
import torch

target = torch.ones(3, requires_grad=True) * 2
target = target.detach()
```

## Fix safety
Safe where the name alone holds the tensor; else unsafe, for whoever else holds it keeps its graph.

## Limits
None known.

## References
- torch.Tensor.detach_
- fixtures/grd931
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import DetachedInPlace, Event
from flake8_gradsafe.rules.remedies import REBIND_DETACHED
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report any detach_()."""
    if not isinstance(event, DetachedInPlace):
        return None
    return Report(
        event.place,
        "`{here}` cuts the tensor off for everybody who holds it: x = x.detach() does it for this name alone",
    )


RULE = Rule(
    code="GRD931",
    name="detach_-in-place",
    summary="Any other detach_(): x = x.detach() does it without reaching other holders.",
    check=check,
    fix_safety="either",
    remedies=(REBIND_DETACHED,),
)
