"""The result of detach() is dropped: it has no effect.

## What it does
Reports `h.detach()` as a statement of its own, and `for h in hs: h = h.detach()`, which binds the loop's own name only.

## Why it is unsafe
`detach()` gives a new tensor and leaves `h` in its graph. The graph grows on over the rounds, or a gradient passes that
should not.

## Example
```python
import torch

h = torch.ones(3, requires_grad=True) * 2
h.detach()
```

## Use instead
```python
import torch

h = torch.ones(3, requires_grad=True) * 2
h = h.detach()
```

## Fix safety
Unsafe: the cut, which had no effect, then keeps gradients from what came before. No fix for a loop's own name.

## Limits
Other objects with a method `detach()` without arguments are taken for tensors.

## References
- fixtures/grd162
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Discarded, Event
from flake8_gradsafe.rules.remedies import BIND_DETACHED
from flake8_gradsafe.rules.rule import Report, Rule

_WHY = {
    "detach": "`{here}` has no effect: detach() gives a new tensor, which is dropped",
    "rebound": "`{here}` has no effect: it binds the loop's own name, which the next round binds anew",
}


def check(event: Event) -> Report | None:
    """Report a detach() whose result is dropped."""
    if not isinstance(event, Discarded) or event.premises or event.what not in _WHY:
        return None
    return Report(
        event.place, _WHY[event.what], help="bind the result: h = h.detach(), or hs = [h.detach() for h in hs]"
    )


RULE = Rule(
    code="GRD162",
    name="detach-discarded",
    summary="The result of detach() is dropped: it has no effect.",
    check=check,
    fix_safety="unsafe",
    remedies=(BIND_DETACHED,),
)
