"""detach_() on a function's argument cuts it off for the caller too.

## What it does
Reports `detach_()` on an argument of the function, with grad mode on, in a file that speaks of training.

## Why it is unsafe
The caller holds the same tensor. What the caller computes from it afterwards has no graph; and if an operator saved it,
the caller's backward is refused.

## Example
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def log(values):
    values.detach_()
    print(values.mean())
```

A caller that computes with its tensor afterwards:
```python
hidden = scale * 2
log(hidden)
(hidden * scale).sum().backward()
```

## Use instead
```python
import torch

scale = torch.nn.Parameter(torch.ones(3))


def log(values):
    values = values.detach()
    print(values.mean())
```

## Fix safety
Unsafe: `values = values.detach()` leaves the caller's tensor in its graph, which may have been meant to be cut off.

## Limits
Attributes and items of a list are not reported: cutting off a state that only the next step uses is what they are for.

## References
- fixtures/grd231
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.interpreter.events import DetachedInPlace
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.fix_kinds import REBIND_DETACHED
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule(
    "detach_-on-borrowed-tensor",
    on=DetachedInPlace,
    claims=(ErrorKind.NO_GRAD, ErrorKind.SAVED_DETACHED, Harm.LOST_GRADIENT),
    advice=(USE_DETACH,),
    fixes=(REBIND_DETACHED,),
    fix_safety="unsafe",
)
def check(event: DetachedInPlace) -> Diagnosis | None:
    """Report a detach_() on an argument."""
    if event.premises or not event.argument:
        return None
    return Diagnosis(
        event.place,
        "`{here}` cuts the caller's tensor off from its graph too (assuming that the caller still uses the tensor)",
        advice=USE_DETACH,
        premises=frozenset({Premise.DIFFERENTIATED}),
    )
