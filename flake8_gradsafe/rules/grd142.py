"""An in-place write to a leaf that requires grad: RuntimeError at once.

## What it does
Reports an in-place operator, with grad mode on, on a leaf that requires grad or on a view of one.

## Why it is unsafe
PyTorch raises "a leaf Variable that requires grad is being used in an in-place operation.", or, for a piece of one, "a
view of a leaf Variable that requires grad is being used in an in-place operation."

## Example
```python
import torch

w = torch.zeros(3, requires_grad=True)
w += 1
(w**2).sum().backward()
```

## Use instead
```python
import torch

w = torch.zeros(3, requires_grad=True)
with torch.no_grad():
    w += 1
(w**2).sum().backward()
```

## Fix safety
Safe where the written value is made of the leaf's own gradient: that is an update. Else unsafe: under `no_grad` no
gradient passes through the write, which may have been meant to be part of the computation.

## Limits
A function that its caller runs under `no_grad` is taken to run with grad mode on.

## References
- fixtures/grd142
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.fix_kinds import NO_GRAD
from flake8_gradsafe.rules.rule import Diagnosis, rule

REASONS = (ErrorKind.LEAF_WRITE, ErrorKind.LEAF_DIRTY, ErrorKind.LEAF_VIEW_WRITE)


UPDATE_OR_COMPUTE = Advice(
    "to update `{tensor}`, write to it under `with torch.no_grad():`; to compute with it, bind the result to another name",
    "to update it, write to it under `with torch.no_grad():`; to compute with it, bind the result to another name",
)


@rule(
    "inplace-on-leaf",
    on=Raised,
    claims=REASONS,
    advice=(UPDATE_OR_COMPUTE,),
    fixes=(NO_GRAD,),
    fix_safety="either",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven in-place write to a leaf."""
    return None if event.premises else report(event)


def report(event: Raised) -> Diagnosis | None:
    """The report on an in-place write to a leaf; None for any other event."""
    if event.error.kind not in REASONS:
        return None
    what = "a view of a leaf" if event.error.kind is ErrorKind.LEAF_VIEW_WRITE else "a leaf"
    return Diagnosis(
        event.place,
        f"`{{here}}` writes in place to {what}, with grad mode on: {wording.raised(event.error.kind)}"
        f"{wording.assuming(event.premises)}",
        wording.made_trace(event.error, event.place, f"{what} that requires grad"),
        UPDATE_OR_COMPUTE,
        event.premises,
    )
