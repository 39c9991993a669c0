"""A .data through which nothing is written: detach() says it safely.

## What it does
Reports `.data` of a tensor where only the value is read. Off by default.

## Why it is unsafe
As it stands, it is not. But autograd does not see a write that is added later; the same write through `detach()` would
raise where it does harm.

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
loss = w.sum()
total = loss.data
loss.backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
loss = w.sum()
total = loss.detach()
loss.backward()
```

## Fix safety
Safe: `detach()` gives the same values in the same memory.

## Limits
An object's own `.data` attribute is passed over, as far as names tell.

## References
- fixtures/grd912
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import DataRead
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.fix_kinds import READ_DETACHED
from flake8_gradsafe.rules.rule import Diagnosis, rule

_READ_DETACHED = Advice("read it by `{tensor}.detach()`", "read it by `.detach()`")


@rule("data-read", on=DataRead, advice=(_READ_DETACHED,), fixes=(READ_DETACHED,), fix_safety="safe")
def check(event: DataRead) -> Diagnosis | None:
    """Report a `.data` that is only read."""
    return Diagnosis(
        event.place,
        "`{here}` only reads the value, and hides from autograd what is written to it later",
        advice=_READ_DETACHED,
    )
