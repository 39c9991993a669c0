"""detach_() on a function's argument cuts it off for the caller too.

## What it does
Reports `detach_()` on an argument of the function, with grad mode on, in a file that speaks of training. It also reports
`detach_()` that cuts off a later share of a loss, as GRD131 does, where the models that compute it are only taken to be
trained.

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
from flake8_gradsafe.interpreter.events import DetachedInPlace, LostGradient
from flake8_gradsafe.rules import grd131
from flake8_gradsafe.rules.advice import DETACH_WHERE_IT_IS_CONSTANT, USE_DETACH
from flake8_gradsafe.rules.fix_kinds import REBIND_DETACHED
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule
from flake8_gradsafe.rules.suspicion import assumes_what_is_granted


@rule(
    "detach_-on-borrowed-tensor",
    on=(DetachedInPlace, LostGradient),
    claims=(ErrorKind.NO_GRAD, ErrorKind.SAVED_DETACHED, Harm.LOST_GRADIENT),
    advice=(USE_DETACH, DETACH_WHERE_IT_IS_CONSTANT),
    fixes=(REBIND_DETACHED,),
    fix_safety="unsafe",
)
def check(event: DetachedInPlace | LostGradient) -> Diagnosis | None:
    """Report a detach_() on an argument, or on what a model that is taken to be trained has computed."""
    if isinstance(event, LostGradient):
        return grd131.report(event) if assumes_what_is_granted(event.premises) else None
    if event.premises or not event.argument:
        return None
    return Diagnosis(
        event.place,
        "`{here}` cuts the caller's tensor off from its graph too (assuming that the caller still uses the tensor)",
        advice=USE_DETACH,
        premises=frozenset({Premise.DIFFERENTIATED}),
    )
