"""detach_() on a view: RuntimeError at once.

## What it does
Reports `detach_()` on a view: a slice, a transposition, an item of what `chunk` or `unbind` gave.

## Why it is unsafe
PyTorch raises "Can't detach views in-place. Use detach() instead.", whether or not the view requires grad.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
head = (a * 2)[0:2]
head.detach_()
(head * a[0:2]).sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
head = (a * 2)[0:2]
head = head.detach()
(head * a[0:2]).sum().backward()
```

## Fix safety
Safe where the name alone holds the tensor: `x = x.detach()` cuts off this name, which is what `detach_()` could not do
here. Unsafe for attributes and items, which others may hold.

## Limits
What is a view only for some shapes (`reshape`, `contiguous`) is not reported.

## References
- fixtures/grd132
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.fix_kinds import REBIND_DETACHED
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "detach_-on-view",
    on=Raised,
    claims=ErrorKind.DETACH_VIEW,
    advice=(USE_DETACH,),
    fixes=(REBIND_DETACHED,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven detach_() on a view."""
    if event.premises or event.error.kind is not ErrorKind.DETACH_VIEW:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` is called on a view: {wording.raised(ErrorKind.DETACH_VIEW)}",
        wording.made_trace(event.error, event.place, "a view"),
        USE_DETACH,
    )
