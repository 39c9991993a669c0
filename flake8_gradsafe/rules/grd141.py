"""An in-place write to a saved tensor breaks a backward: RuntimeError.

## What it does
Reports an in-place operator on a tensor that another operator saved for backward, where a backward in sight is refused
because of it.

## Why it is unsafe
Every in-place operator moves the version counter, also under `no_grad` and also for a part of the tensor. Backward finds
the counter moved and raises "modified by an inplace operation", far from the line that is to blame.

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out += 1
out.sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out = out + 1
out.sum().backward()
```

## Fix safety
The out-of-place spelling computes the same values. No fix is applied automatically.

## Limits
What an operator saves depends on who requires grad; where that is not known, nothing is proven.

## References
- PyTorch's notes on autograd mechanics, "In-place correctness checks"
- fixtures/grd141
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Reason
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Report, Rule


def check(event: Event) -> Report | None:
    """Report a proven refusal that an ordinary in-place write is to blame for."""
    if not isinstance(event, Refused) or event.premises or event.refusal.reason is not Reason.MODIFIED:
        return None
    refusal = event.refusal
    if refusal.node is None or refusal.save is None or not refusal.writes or refusal.writes[0].via is not Via.PLAIN:
        return None
    write = refusal.writes[0]
    return Report(
        write.place,
        f"`{{here}}` overwrites {wording.saved(refusal.node, refusal.save)}, in place: "
        "backward will raise RuntimeError (modified by an inplace operation)",
        wording.refusal_trace(refusal, write.place, event.place),
        wording.REBIND,
    )


RULE = Rule(
    code="GRD141",
    name="inplace-on-saved-tensor",
    summary="An in-place write to a saved tensor breaks a backward: RuntimeError.",
    check=check,
)
