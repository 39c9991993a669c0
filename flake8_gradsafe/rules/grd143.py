"""An in-place write to a view that PyTorch protects: RuntimeError at once.

## What it does
Reports an in-place operator, with grad mode on, on one of the views that `unbind`, `chunk` or `split` return, or on a view that
was made under `no_grad`, where a gradient passes. Also reports the use of such a view after its base was written.

## Why it is unsafe
PyTorch cannot record the write, and raises that the view "is the output of a function that returns multiple views", or "was
created in no_grad mode".

## Example
```python
import torch

a = torch.ones(2, 3, requires_grad=True)
first, second = (a * 2).unbind(0)
first.mul_(0.5)
```

## Use instead
```python
import torch

a = torch.ones(2, 3, requires_grad=True)
first, second = (a * 2).unbind(0)
first = first * 0.5
```

## Fix safety
Unsafe: the out-of-place spelling leaves the tensor that this is a piece of as it was.

## Limits
Whether a gradient passes must be known.

## References
- fixtures/grd143
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Reason
from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.remedies import OUT_OF_PLACE
from flake8_gradsafe.rules.rule import Report, Rule

_WHY = {
    Reason.MULTI_VIEW_WRITE: "one of several views of a tensor in a graph",
    Reason.NO_GRAD_VIEW_WRITE: "a view that was made with grad mode off",
}


def check(event: Event) -> Report | None:
    """Report a proven write to a protected view."""
    if not isinstance(event, Refused) or event.premises or event.refusal.reason not in _WHY:
        return None
    return Report(
        event.place,
        f"`{{here}}` works in place on {_WHY[event.refusal.reason]}: RuntimeError",
        wording.made_trace(event.refusal, event.place, _WHY[event.refusal.reason]),
        help="write it out of place, or take the piece by an index: x[0]",
    )


RULE = Rule(
    code="GRD143",
    name="inplace-on-protected-view",
    summary="An in-place write to a view that PyTorch protects: RuntimeError at once.",
    check=check,
    fix_safety="unsafe",
    remedies=(OUT_OF_PLACE,),
)
