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

from flake8_gradsafe.interpreter.events import DetachedInPlace
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.fix_kinds import REBIND_DETACHED
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("detach_-in-place", on=DetachedInPlace, advice=(USE_DETACH,), fixes=(REBIND_DETACHED,), fix_safety="either")
def check(event: DetachedInPlace) -> Diagnosis | None:
    """Report any detach_()."""
    return Diagnosis(
        event.place,
        "`{here}` cuts the tensor off from its graph for everybody who holds it",
        advice=USE_DETACH,
    )
