"""A leaf is frozen between its forward and its backward: its gradient is silently dropped.

## What it does
Reports `requires_grad_(False)`, `requires_grad = False` or `detach_()` on a leaf, where a backward in sight then
reaches it through a forward that was made before.

## Why it is unsafe
Backward computes the gradient and drops it, because the leaf no longer requires grad when it arrives. `.grad` stays as
it was, and nothing is raised.

## Example
```python
import torch

w = torch.ones(3, requires_grad=True)
v = torch.ones(3, requires_grad=True)
loss = (w * v).sum()
w.requires_grad_(False)
loss.backward()
```

## Use instead
```python
import torch

w = torch.ones(3, requires_grad=True)
v = torch.ones(3, requires_grad=True)
loss = (w * v).sum()
loss.backward()
w.requires_grad_(False)
```

## Fix safety
Whether the freezing belongs above the forward or below the backward, the linter cannot know. No fix is applied
automatically.

## Limits
Modules that are frozen by a helper out of sight are not followed.

## References
- fixtures/grd135
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Frozen
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, TraceMark, rule

FREEZE_ELSEWHERE = Advice("freeze it below the backward; or above the forward")


@rule(
    "frozen-before-backward", on=Frozen, claims=(Harm.LOST_GRADIENT, Harm.DROPPED_GRADIENT), advice=(FREEZE_ELSEWHERE,)
)
def check(event: Frozen) -> Diagnosis | None:
    """Report a proven loss of a leaf's gradient."""
    return None if event.premises else report(event)


def report(event: Frozen) -> Diagnosis:
    """The report on a leaf whose gradient is dropped."""
    whose = wording.gradients([event.leaf] if event.leaf else [])
    return Diagnosis(
        event.place,
        f"`{{here}}` freezes a leaf between its forward and its backward: {whose} is silently dropped"
        f"{wording.assuming(event.premises)}",
        (
            TraceMark("cut", event.place, "frozen here"),
            *wording.read_mark(event.backward, "its gradient is dropped here"),
        ),
        FREEZE_ELSEWHERE,
        event.premises,
    )
