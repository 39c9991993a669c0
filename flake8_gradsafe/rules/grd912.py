"""A .data through which nothing is written: detach() says it safely.

## What it does
Reports `.data` of a tensor where only the value is read. Off by default.

## Why it is unsafe
It is not, as it stands. But a write that is added later is unseen by autograd; through `detach()` it would be refused where it
does harm.

## Example
```python
import torch

loss = torch.ones(3, requires_grad=True).sum()
total = loss.data
```

## Use instead
```python
import torch

loss = torch.ones(3, requires_grad=True).sum()
total = loss.detach()
```

## Fix safety
Safe: `detach()` gives the same values in the same memory.

## Limits
An object's own `.data` attribute is passed over, as far as names tell.

## References
- fixtures/grd912
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import DataRead, Event
from flake8_gradsafe.rules.remedies import READ_DETACHED
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a `.data` that is only read."""
    if not isinstance(event, DataRead):
        return None
    return Report(
        event.place, "`{here}` only reads: detach() gives the same value, and autograd sees what is done to it"
    )


RULE = Rule(
    code="GRD912",
    name="data-read",
    summary="A .data through which nothing is written: detach() says it safely.",
    check=check,
    fix_safety="safe",
    remedies=(READ_DETACHED,),
)
