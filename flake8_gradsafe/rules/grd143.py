"""An in-place write to a view that PyTorch protects: RuntimeError at once.

## What it does
Reports an in-place operator, with grad mode on, on one of the views that `unbind`, `chunk` or `split` return, or on a
view that was made under `no_grad`, where a gradient passes. Also reports the use of such a view after its base was
written, and an in-place operator on what a module with a full backward hook gives.

## Why it is unsafe
PyTorch cannot record such a write. It raises "This view is the output of a function that returns multiple views.", "A view
was created in no_grad mode and is being modified inplace with grad mode enabled.", or "This view was created inside a custom
Function".

## Example
```python
import torch

a = torch.ones(2, 3, requires_grad=True)
first, second = (a * 2).unbind(0)
first.mul_(0.5)
(first * second).sum().backward()
```

## Use instead
```python
import torch

a = torch.ones(2, 3, requires_grad=True)
first, second = (a * 2).unbind(0)
first = first * 0.5
(first * second).sum().backward()
```

A piece that is taken by an index, `(a * 2)[0]`, may be written in place. A view that was made under `no_grad` may not,
however it was taken: take it with grad mode on.

## Fix safety
Unsafe: written out of place, the tensor that this is a piece of stays as it was.

## Limits
Whether a gradient passes must be known.

## References
- fixtures/grd143
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.advice import Advice
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE
from flake8_gradsafe.rules.rule import Diagnosis, rule

_WHY = {
    ErrorKind.MULTI_VIEW_WRITE: "one of several views of a tensor in a graph",
    ErrorKind.NO_GRAD_VIEW_WRITE: "a view that was made with grad mode off",
    ErrorKind.CUSTOM_VIEW_WRITE: "the result of a module with a full backward hook, which is a view",
}


ADVICE = {
    ErrorKind.MULTI_VIEW_WRITE: Advice(
        "write it out of place, and bind the result: `{tensor} = …`; or take the piece by an index, not by splitting",
        "write it out of place, and bind the result; or take the piece by an index, not by splitting",
    ),
    ErrorKind.NO_GRAD_VIEW_WRITE: Advice("take the view with grad mode on, outside of `no_grad`"),
    ErrorKind.CUSTOM_VIEW_WRITE: Advice("write it out of place, and use the result"),
}


@rule(
    "inplace-on-protected-view",
    on=Raised,
    claims=tuple(_WHY),
    advice=tuple(ADVICE.values()),
    fixes=(OUT_OF_PLACE,),
    fix_safety="unsafe",
)
def check(event: Raised) -> Diagnosis | None:
    """Report a proven write to a protected view."""
    return None if event.premises else report(event)


def report(event: Raised) -> Diagnosis | None:
    """The report on a write to a protected view; None for any other event."""
    if event.error.kind not in _WHY:
        return None
    return Diagnosis(
        event.place,
        f"`{{here}}` works in place on {_WHY[event.error.kind]}: {wording.raised(event.error.kind)}"
        f"{wording.assuming(event.premises)}",
        wording.made_trace(event.error, event.place, _WHY[event.error.kind]),
        ADVICE[event.error.kind],
        event.premises,
    )
