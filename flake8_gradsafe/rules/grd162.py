"""The result of detach() is dropped: it has no effect.

## What it does
Reports `h.detach()` as a statement of its own, and the call of a function of the file that does nothing but detach what it is
given. It reports `for h in hs: h = h.detach()` as well, which binds the loop's own name only.

## Why it is unsafe
`detach()` gives a new tensor and leaves `h` in its graph. In a loop, the graph then grows from round to round, or a
gradient passes that was meant to be stopped.

## Example
```python
import torch

a = torch.ones(3, requires_grad=True)
h = a * 2
h.detach()
(h * a).sum().backward()
```

## Use instead
```python
import torch

a = torch.ones(3, requires_grad=True)
h = a * 2
h = h.detach()
(h * a).sum().backward()
```

Over a list of states, make a new list: `states = [h.detach() for h in states]`.

## Fix safety
Unsafe: the cut, which had no effect so far, then stops gradients. No fix for a loop's own name.

## Limits
Objects of other kinds that have a method `detach()` without arguments are taken for tensors.

## References
- fixtures/grd162
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import Discarded
from flake8_gradsafe.rules.advice import USE_DETACH
from flake8_gradsafe.rules.fix_kinds import BIND_DETACHED
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.rules.rule import Diagnosis, rule

_WHY = {
    "detach": "`{here}` has no effect: detach() gives a new tensor, which is dropped",
    "helper": "`{here}` has no effect: the function only gives back a detached tensor, which is dropped",
    "rebound": "`{here}` has no effect: it binds the loop's own name, which the next round binds anew",
}


@rule(
    "detach-discarded",
    on=Discarded,
    claims=Harm.NO_EFFECT,
    advice=(USE_DETACH,),
    fixes=(BIND_DETACHED,),
    fix_safety="unsafe",
)
def check(event: Discarded) -> Diagnosis | None:
    """Report a detach() whose result is dropped."""
    if event.premises or event.what not in _WHY:
        return None
    return Diagnosis(event.place, _WHY[event.what], advice=USE_DETACH)
