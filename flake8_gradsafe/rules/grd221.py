"""An in-place write through detach() to a tensor that a caller may differentiate, or that is used again.

## What it does
Reports an in-place write through the result of `detach()` where an operator saved the tensor and the result is returned, or
where the tensor itself is used again after the write.

## Why it is unsafe
`detach()` shares the memory: the original changes with the copy. A caller's backward is refused, or later code computes
with values that nobody meant to change.

## Example
```python
import torch

weight = torch.randn(3, requires_grad=True)
hidden = weight * 2
c = hidden.detach()
c.mul_(0.5)
loss = hidden.sum()
```

## Use instead
```python
import torch

weight = torch.randn(3, requires_grad=True)
hidden = weight * 2
c = hidden.detach().clone()
c.mul_(0.5)
loss = hidden.sum()
```

## Fix safety
A clone leaves the original alone. No fix is applied automatically.

## Limits
Only tensors that surely require grad are reported for being used again.

## References
- fixtures/grd221
"""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import Premise, Reason
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Event, Refused, SharedWrite
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Mark, Report, Rule


def check(event: Event) -> Report | None:
    """Report a write through detach() with one premise."""
    if isinstance(event, Refused):
        return _refused(event)
    if isinstance(event, SharedWrite) and len(event.premises) == 1:
        return Report(
            event.place,
            "`{here}` also changes the tensor that was detached: they share memory, and it is used again",
            (
                *wording.hop_marks(event.hops),
                Mark("written", event.place, "overwritten here"),
                Mark("read", event.used_at, "the changed value is used here"),
            ),
            wording.WRITE_A_COPY,
            event.premises,
        )
    return None


def _refused(event: Refused) -> Report | None:
    refusal = event.refusal
    if refusal.reason is not Reason.MODIFIED or len(event.premises) != 1 or Premise.REQUIRES_GRAD in event.premises:
        return None
    if refusal.node is None or refusal.save is None or not refusal.writes or refusal.writes[0].via is not Via.DETACH:
        return None
    write = refusal.writes[0]
    return Report(
        write.place,
        f"`{{here}}` overwrites {wording.saved(refusal.node, refusal.save)}, through `detach()`: "
        f"a backward will raise RuntimeError{wording.assuming(event.premises)}",
        wording.refusal_trace(refusal, write.place, event.place),
        wording.WRITE_A_COPY,
        event.premises,
    )


RULE = Rule(
    code="GRD221",
    name="detach-write",
    summary="An in-place write through detach() to a tensor that a caller may differentiate, or that is used again.",
    check=check,
)
