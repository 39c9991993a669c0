"""An assignment to .data swaps what an operator saved: the gradient is silently wrong.

## What it does
Reports `x.data = …` where an operator saved `x` itself, by reference, and a backward in sight reads it afterwards.

## Why it is unsafe
The saved object now has other memory, and its version counter has not moved: backward reads the new values as if they were
those of the forward. Where an operator saved its output, the handle that it kept is another object, and the assignment does no
harm.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = a * 2
loss = (b**2).sum()
b.data = torch.zeros(3)
loss.backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = a * 2
loss = (b**2).sum()
b = torch.zeros(3)
loss.backward()
```

## Fix safety
Rebinding the name leaves the graph alone. No fix is applied automatically.

## Limits
Views of `x` keep the old memory, and are followed as such. A module's own parameters and buffers are GRD114.

## References
- fixtures/grd113
"""

from __future__ import annotations

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Corrupted, Event
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven corruption by an assignment to `.data`."""
    if not isinstance(event, Corrupted) or event.premises or event.state:
        return None
    if event.corruption.write.via is not Via.SET_DATA:
        return None
    corruption = event.corruption
    return Report(
        corruption.write.place,
        f"`{{here}}` swaps the memory of {wording.saved(corruption.node, corruption.save)}: "
        f"{wording.gradients(event.leaves)} will be silently wrong",
        wording.corruption_trace(corruption, event.place),
        "rebind the name instead, or move the assignment below backward",
    )


RULE = Rule(
    code="GRD113",
    name="data-assignment-corrupts-gradient",
    summary="An assignment to .data swaps what an operator saved: the gradient is silently wrong.",
    check=check,
)
